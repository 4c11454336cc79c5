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

class EventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_TYPE_UNSPECIFIED: _ClassVar[EventType]
    EVENT_TYPE_VIEW: _ClassVar[EventType]
    EVENT_TYPE_ADD_TO_CART: _ClassVar[EventType]
    EVENT_TYPE_FAVOURITE: _ClassVar[EventType]
    EVENT_TYPE_PURCHASE: _ClassVar[EventType]
    EVENT_TYPE_IMPRESSION: _ClassVar[EventType]
    EVENT_TYPE_CLICK: _ClassVar[EventType]
    EVENT_TYPE_DISMISS: _ClassVar[EventType]

class EventOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_OUTCOME_UNSPECIFIED: _ClassVar[EventOutcome]
    EVENT_OUTCOME_STORED: _ClassVar[EventOutcome]
    EVENT_OUTCOME_NOT_ALLOWED: _ClassVar[EventOutcome]
    EVENT_OUTCOME_UNAVAILABLE: _ClassVar[EventOutcome]
    EVENT_OUTCOME_REJECTED: _ClassVar[EventOutcome]

class EventAttribution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_ATTRIBUTION_UNSPECIFIED: _ClassVar[EventAttribution]
    EVENT_ATTRIBUTION_JOINED: _ClassVar[EventAttribution]
    EVENT_ATTRIBUTION_INVALID: _ClassVar[EventAttribution]
    EVENT_ATTRIBUTION_OUT_OF_TIME: _ClassVar[EventAttribution]
    EVENT_ATTRIBUTION_ITEM_NOT_SHOWN: _ClassVar[EventAttribution]
    EVENT_ATTRIBUTION_NOT_ALLOWED: _ClassVar[EventAttribution]
EVENT_TYPE_UNSPECIFIED: EventType
EVENT_TYPE_VIEW: EventType
EVENT_TYPE_ADD_TO_CART: EventType
EVENT_TYPE_FAVOURITE: EventType
EVENT_TYPE_PURCHASE: EventType
EVENT_TYPE_IMPRESSION: EventType
EVENT_TYPE_CLICK: EventType
EVENT_TYPE_DISMISS: EventType
EVENT_OUTCOME_UNSPECIFIED: EventOutcome
EVENT_OUTCOME_STORED: EventOutcome
EVENT_OUTCOME_NOT_ALLOWED: EventOutcome
EVENT_OUTCOME_UNAVAILABLE: EventOutcome
EVENT_OUTCOME_REJECTED: EventOutcome
EVENT_ATTRIBUTION_UNSPECIFIED: EventAttribution
EVENT_ATTRIBUTION_JOINED: EventAttribution
EVENT_ATTRIBUTION_INVALID: EventAttribution
EVENT_ATTRIBUTION_OUT_OF_TIME: EventAttribution
EVENT_ATTRIBUTION_ITEM_NOT_SHOWN: EventAttribution
EVENT_ATTRIBUTION_NOT_ALLOWED: EventAttribution

class RecordEventsRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("event_id", "event_type", "item_id", "occurred_at", "shopper", "signals", "session_id", "order_id", "attribution_token", "quantity", "unit_price_minor", "currency")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    event_type: EventType
    item_id: str
    occurred_at: _timestamp_pb2.Timestamp
    shopper: _shopper_pb2.Shopper
    signals: _shopper_pb2.Signals
    session_id: str
    order_id: str
    attribution_token: str
    quantity: int
    unit_price_minor: int
    currency: str
    def __init__(self, event_id: _Optional[str] = ..., event_type: _Optional[_Union[EventType, str]] = ..., item_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., signals: _Optional[_Union[_shopper_pb2.Signals, _Mapping]] = ..., session_id: _Optional[str] = ..., order_id: _Optional[str] = ..., attribution_token: _Optional[str] = ..., quantity: _Optional[int] = ..., unit_price_minor: _Optional[int] = ..., currency: _Optional[str] = ...) -> None: ...

class RecordEventsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EventResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EventResult, _Mapping]]] = ...) -> None: ...

class EventResult(_message.Message):
    __slots__ = ("outcome", "reason", "attribution", "faults")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    outcome: EventOutcome
    reason: _shopper_pb2.ConsentReason
    attribution: EventAttribution
    faults: _containers.RepeatedCompositeFieldContainer[EventFault]
    def __init__(self, outcome: _Optional[_Union[EventOutcome, str]] = ..., reason: _Optional[_Union[_shopper_pb2.ConsentReason, str]] = ..., attribution: _Optional[_Union[EventAttribution, str]] = ..., faults: _Optional[_Iterable[_Union[EventFault, _Mapping]]] = ...) -> None: ...

class EventFault(_message.Message):
    __slots__ = ("field", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...
