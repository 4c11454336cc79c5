import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from shopkeeper.v1 import shopper_pb2 as _shopper_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_PUSH: _ClassVar[Channel]
    CHANNEL_POST: _ClassVar[Channel]
    CHANNEL_PHONE: _ClassVar[Channel]

class TopicChoice(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOPIC_CHOICE_UNSPECIFIED: _ClassVar[TopicChoice]
    TOPIC_CHOICE_SHOW: _ClassVar[TopicChoice]
    TOPIC_CHOICE_MUTE: _ClassVar[TopicChoice]

class Frequency(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FREQUENCY_UNSPECIFIED: _ClassVar[Frequency]
    FREQUENCY_DAILY: _ClassVar[Frequency]
    FREQUENCY_WEEKLY: _ClassVar[Frequency]
    FREQUENCY_MONTHLY: _ClassVar[Frequency]

class ContactChoice(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTACT_CHOICE_UNSPECIFIED: _ClassVar[ContactChoice]
    CONTACT_CHOICE_ALLOWED: _ClassVar[ContactChoice]
    CONTACT_CHOICE_REFUSED: _ClassVar[ContactChoice]

class ContactReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTACT_REASON_UNSPECIFIED: _ClassVar[ContactReason]
    CONTACT_REASON_ALLOWED: _ClassVar[ContactReason]
    CONTACT_REASON_NO_CONSENT: _ClassVar[ContactReason]
    CONTACT_REASON_CHANNEL_REFUSED: _ClassVar[ContactReason]
    CONTACT_REASON_CHANNEL_NOT_ASKED: _ClassVar[ContactReason]
    CONTACT_REASON_TOPIC_MUTED: _ClassVar[ContactReason]
    CONTACT_REASON_TOPIC_SENSITIVE: _ClassVar[ContactReason]
    CONTACT_REASON_TOO_SOON: _ClassVar[ContactReason]
    CONTACT_REASON_UNAVAILABLE: _ClassVar[ContactReason]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_EMAIL: Channel
CHANNEL_SMS: Channel
CHANNEL_PUSH: Channel
CHANNEL_POST: Channel
CHANNEL_PHONE: Channel
TOPIC_CHOICE_UNSPECIFIED: TopicChoice
TOPIC_CHOICE_SHOW: TopicChoice
TOPIC_CHOICE_MUTE: TopicChoice
FREQUENCY_UNSPECIFIED: Frequency
FREQUENCY_DAILY: Frequency
FREQUENCY_WEEKLY: Frequency
FREQUENCY_MONTHLY: Frequency
CONTACT_CHOICE_UNSPECIFIED: ContactChoice
CONTACT_CHOICE_ALLOWED: ContactChoice
CONTACT_CHOICE_REFUSED: ContactChoice
CONTACT_REASON_UNSPECIFIED: ContactReason
CONTACT_REASON_ALLOWED: ContactReason
CONTACT_REASON_NO_CONSENT: ContactReason
CONTACT_REASON_CHANNEL_REFUSED: ContactReason
CONTACT_REASON_CHANNEL_NOT_ASKED: ContactReason
CONTACT_REASON_TOPIC_MUTED: ContactReason
CONTACT_REASON_TOPIC_SENSITIVE: ContactReason
CONTACT_REASON_TOO_SOON: ContactReason
CONTACT_REASON_UNAVAILABLE: ContactReason

class ConsentAnswer(_message.Message):
    __slots__ = ("purpose", "status")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    purpose: _shopper_pb2.Purpose
    status: _shopper_pb2.ConsentStatus
    def __init__(self, purpose: _Optional[_Union[_shopper_pb2.Purpose, str]] = ..., status: _Optional[_Union[_shopper_pb2.ConsentStatus, str]] = ...) -> None: ...

class Circumstances(_message.Message):
    __slots__ = ("jurisdiction", "policy_version", "source", "at")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    policy_version: str
    source: str
    at: _timestamp_pb2.Timestamp
    def __init__(self, jurisdiction: _Optional[str] = ..., policy_version: _Optional[str] = ..., source: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordConsentRequest(_message.Message):
    __slots__ = ("shopper", "answers", "circumstances")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    CIRCUMSTANCES_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    answers: _containers.RepeatedCompositeFieldContainer[ConsentAnswer]
    circumstances: Circumstances
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., answers: _Optional[_Iterable[_Union[ConsentAnswer, _Mapping]]] = ..., circumstances: _Optional[_Union[Circumstances, _Mapping]] = ...) -> None: ...

class RecordConsentResponse(_message.Message):
    __slots__ = ("ledger_position",)
    LEDGER_POSITION_FIELD_NUMBER: _ClassVar[int]
    ledger_position: int
    def __init__(self, ledger_position: _Optional[int] = ...) -> None: ...

class LinkVisitorRequest(_message.Message):
    __slots__ = ("shopper", "circumstances")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    CIRCUMSTANCES_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    circumstances: Circumstances
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., circumstances: _Optional[_Union[Circumstances, _Mapping]] = ...) -> None: ...

class LinkVisitorResponse(_message.Message):
    __slots__ = ("ledger_position",)
    LEDGER_POSITION_FIELD_NUMBER: _ClassVar[int]
    ledger_position: int
    def __init__(self, ledger_position: _Optional[int] = ...) -> None: ...

class OptOutRequest(_message.Message):
    __slots__ = ("shopper", "token", "purposes", "circumstances")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    CIRCUMSTANCES_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    token: str
    purposes: _containers.RepeatedScalarFieldContainer[_shopper_pb2.Purpose]
    circumstances: Circumstances
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., token: _Optional[str] = ..., purposes: _Optional[_Iterable[_Union[_shopper_pb2.Purpose, str]]] = ..., circumstances: _Optional[_Union[Circumstances, _Mapping]] = ...) -> None: ...

class OptOutResponse(_message.Message):
    __slots__ = ("ledger_position", "purposes", "channel", "topic")
    LEDGER_POSITION_FIELD_NUMBER: _ClassVar[int]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    ledger_position: int
    purposes: _containers.RepeatedScalarFieldContainer[_shopper_pb2.Purpose]
    channel: Channel
    topic: str
    def __init__(self, ledger_position: _Optional[int] = ..., purposes: _Optional[_Iterable[_Union[_shopper_pb2.Purpose, str]]] = ..., channel: _Optional[_Union[Channel, str]] = ..., topic: _Optional[str] = ...) -> None: ...

class CreateOptOutLinkRequest(_message.Message):
    __slots__ = ("shopper", "purposes", "channel", "topic", "lifetime_days")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    LIFETIME_DAYS_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    purposes: _containers.RepeatedScalarFieldContainer[_shopper_pb2.Purpose]
    channel: Channel
    topic: str
    lifetime_days: int
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., purposes: _Optional[_Iterable[_Union[_shopper_pb2.Purpose, str]]] = ..., channel: _Optional[_Union[Channel, str]] = ..., topic: _Optional[str] = ..., lifetime_days: _Optional[int] = ...) -> None: ...

class CreateOptOutLinkResponse(_message.Message):
    __slots__ = ("token", "expires_at")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    token: str
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, token: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TopicPreference(_message.Message):
    __slots__ = ("topic", "choice")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    topic: str
    choice: TopicChoice
    def __init__(self, topic: _Optional[str] = ..., choice: _Optional[_Union[TopicChoice, str]] = ...) -> None: ...

class ContactPreference(_message.Message):
    __slots__ = ("channel", "topic", "choice", "frequency")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    CHOICE_FIELD_NUMBER: _ClassVar[int]
    FREQUENCY_FIELD_NUMBER: _ClassVar[int]
    channel: Channel
    topic: str
    choice: ContactChoice
    frequency: Frequency
    def __init__(self, channel: _Optional[_Union[Channel, str]] = ..., topic: _Optional[str] = ..., choice: _Optional[_Union[ContactChoice, str]] = ..., frequency: _Optional[_Union[Frequency, str]] = ...) -> None: ...

class GetPreferencesRequest(_message.Message):
    __slots__ = ("shopper", "token", "signals")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    token: str
    signals: _shopper_pb2.Signals
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., token: _Optional[str] = ..., signals: _Optional[_Union[_shopper_pb2.Signals, _Mapping]] = ...) -> None: ...

class PurposeState(_message.Message):
    __slots__ = ("purpose", "allowed", "reason", "answered_at")
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    purpose: _shopper_pb2.Purpose
    allowed: bool
    reason: _shopper_pb2.ConsentReason
    answered_at: _timestamp_pb2.Timestamp
    def __init__(self, purpose: _Optional[_Union[_shopper_pb2.Purpose, str]] = ..., allowed: _Optional[bool] = ..., reason: _Optional[_Union[_shopper_pb2.ConsentReason, str]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetPreferencesResponse(_message.Message):
    __slots__ = ("purposes", "topics", "contact")
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    purposes: _containers.RepeatedCompositeFieldContainer[PurposeState]
    topics: _containers.RepeatedCompositeFieldContainer[TopicPreference]
    contact: _containers.RepeatedCompositeFieldContainer[ContactPreference]
    def __init__(self, purposes: _Optional[_Iterable[_Union[PurposeState, _Mapping]]] = ..., topics: _Optional[_Iterable[_Union[TopicPreference, _Mapping]]] = ..., contact: _Optional[_Iterable[_Union[ContactPreference, _Mapping]]] = ...) -> None: ...

class UpdatePreferencesRequest(_message.Message):
    __slots__ = ("shopper", "token", "topics", "contact")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    token: str
    topics: _containers.RepeatedCompositeFieldContainer[TopicPreference]
    contact: _containers.RepeatedCompositeFieldContainer[ContactPreference]
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., token: _Optional[str] = ..., topics: _Optional[_Iterable[_Union[TopicPreference, _Mapping]]] = ..., contact: _Optional[_Iterable[_Union[ContactPreference, _Mapping]]] = ...) -> None: ...

class UpdatePreferencesResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckContactRequest(_message.Message):
    __slots__ = ("shopper", "channel", "topic", "last_contact_at", "signals")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    LAST_CONTACT_AT_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    channel: Channel
    topic: str
    last_contact_at: _timestamp_pb2.Timestamp
    signals: _shopper_pb2.Signals
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., channel: _Optional[_Union[Channel, str]] = ..., topic: _Optional[str] = ..., last_contact_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signals: _Optional[_Union[_shopper_pb2.Signals, _Mapping]] = ...) -> None: ...

class CheckContactResponse(_message.Message):
    __slots__ = ("allowed", "reason")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    reason: ContactReason
    def __init__(self, allowed: _Optional[bool] = ..., reason: _Optional[_Union[ContactReason, str]] = ...) -> None: ...

class ExportShopperRequest(_message.Message):
    __slots__ = ("shopper",)
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ...) -> None: ...

class ExportShopperResponse(_message.Message):
    __slots__ = ("json",)
    JSON_FIELD_NUMBER: _ClassVar[int]
    json: str
    def __init__(self, json: _Optional[str] = ...) -> None: ...

class EraseShopperRequest(_message.Message):
    __slots__ = ("shopper", "source")
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    shopper: _shopper_pb2.Shopper
    source: str
    def __init__(self, shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., source: _Optional[str] = ...) -> None: ...

class EraseShopperResponse(_message.Message):
    __slots__ = ("receipt", "erasure")
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    receipt: str
    erasure: Erasure
    def __init__(self, receipt: _Optional[str] = ..., erasure: _Optional[_Union[Erasure, _Mapping]] = ...) -> None: ...

class GetErasureRequest(_message.Message):
    __slots__ = ("receipt",)
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    receipt: str
    def __init__(self, receipt: _Optional[str] = ...) -> None: ...

class GetErasureResponse(_message.Message):
    __slots__ = ("erasure",)
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    erasure: Erasure
    def __init__(self, erasure: _Optional[_Union[Erasure, _Mapping]] = ...) -> None: ...

class Erasure(_message.Message):
    __slots__ = ("requested_at", "ledger_position", "n_events", "models_due_at", "served_model_is_clean")
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_POSITION_FIELD_NUMBER: _ClassVar[int]
    N_EVENTS_FIELD_NUMBER: _ClassVar[int]
    MODELS_DUE_AT_FIELD_NUMBER: _ClassVar[int]
    SERVED_MODEL_IS_CLEAN_FIELD_NUMBER: _ClassVar[int]
    requested_at: _timestamp_pb2.Timestamp
    ledger_position: int
    n_events: int
    models_due_at: _timestamp_pb2.Timestamp
    served_model_is_clean: bool
    def __init__(self, requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ledger_position: _Optional[int] = ..., n_events: _Optional[int] = ..., models_due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., served_model_is_clean: _Optional[bool] = ...) -> None: ...
