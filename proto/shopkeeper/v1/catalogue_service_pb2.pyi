import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ItemField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ITEM_FIELD_UNSPECIFIED: _ClassVar[ItemField]
    ITEM_FIELD_AVAILABLE: _ClassVar[ItemField]
    ITEM_FIELD_PRICE: _ClassVar[ItemField]
ITEM_FIELD_UNSPECIFIED: ItemField
ITEM_FIELD_AVAILABLE: ItemField
ITEM_FIELD_PRICE: ItemField

class UpdateItemsRequest(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ItemUpdate]
    def __init__(self, items: _Optional[_Iterable[_Union[ItemUpdate, _Mapping]]] = ...) -> None: ...

class ItemUpdate(_message.Message):
    __slots__ = ("item_id", "available", "price_minor", "taken_back", "changed_at")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    PRICE_MINOR_FIELD_NUMBER: _ClassVar[int]
    TAKEN_BACK_FIELD_NUMBER: _ClassVar[int]
    CHANGED_AT_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    available: bool
    price_minor: int
    taken_back: _containers.RepeatedScalarFieldContainer[ItemField]
    changed_at: _timestamp_pb2.Timestamp
    def __init__(self, item_id: _Optional[str] = ..., available: _Optional[bool] = ..., price_minor: _Optional[int] = ..., taken_back: _Optional[_Iterable[_Union[ItemField, str]]] = ..., changed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpdateItemsResponse(_message.Message):
    __slots__ = ("known_items", "outdated_items", "model_version")
    KNOWN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    OUTDATED_ITEMS_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    known_items: int
    outdated_items: int
    model_version: str
    def __init__(self, known_items: _Optional[int] = ..., outdated_items: _Optional[int] = ..., model_version: _Optional[str] = ...) -> None: ...
