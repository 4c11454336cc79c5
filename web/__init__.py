"""Pages: the demo storefront, the shopper's preferences, the product team's console."""
