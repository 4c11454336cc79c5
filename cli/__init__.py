"""The one command, shopkeeper; a thin module per subcommand."""
