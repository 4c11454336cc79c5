"""What people wish of topics and contact is kept with them."""

from privacy.preferences import MAX_CONTACT_WORDS, Channel, ContactWord, Forget
from privacy.store.store import PrivacyStore
from privacy.topics import TopicWord
from tests.privacy.store.shoppers import ANNA, PHONE, at


def test_a_refused_channel_is_that_of_the_visitor_and_of_who_it_is(store: PrivacyStore) -> None:
    store.link("phone", "anna", at(1))
    store.prefer([ANNA], {}, {(Channel.EMAIL, f"t{n}"): ContactWord(allowed=True) for n in range(MAX_CONTACT_WORDS)})
    assert store.refuse_channel(store.subject_of(PHONE), Channel.EMAIL, "garden") == store.head().count
    phone, anna = store.find([PHONE]).known
    assert phone.preferences.contact == {(Channel.EMAIL, "garden"): ContactWord(allowed=False)}
    assert anna.preferences.contact == {(Channel.EMAIL, ""): ContactWord(allowed=False)}
    assert store.refuse_channel(77, Channel.EMAIL, "") == store.head().count


def test_preferences_are_merged_and_kept(store: PrivacyStore) -> None:
    store.prefer([ANNA], {"toys": TopicWord.MUTE, "garden": TopicWord.MUTE}, {})
    store.prefer([ANNA], {"garden": Forget.FORGET}, {(Channel.EMAIL, ""): ContactWord(allowed=True)})
    preferences = store.find([ANNA]).known[0].preferences
    assert dict(preferences.topics) == {"toys": TopicWord.MUTE}
    assert dict(preferences.contact) == {(Channel.EMAIL, ""): ContactWord(allowed=True)}
