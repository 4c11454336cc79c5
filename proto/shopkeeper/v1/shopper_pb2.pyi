from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_PERSONALISATION: _ClassVar[Purpose]
    PURPOSE_MODEL_TRAINING: _ClassVar[Purpose]
    PURPOSE_MEASUREMENT: _ClassVar[Purpose]
    PURPOSE_CONTACT: _ClassVar[Purpose]

class ConsentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_STATUS_UNSPECIFIED: _ClassVar[ConsentStatus]
    CONSENT_STATUS_GRANTED: _ClassVar[ConsentStatus]
    CONSENT_STATUS_DENIED: _ClassVar[ConsentStatus]
    CONSENT_STATUS_NOTICED: _ClassVar[ConsentStatus]

class ConsentReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENT_REASON_UNSPECIFIED: _ClassVar[ConsentReason]
    CONSENT_REASON_GRANTED: _ClassVar[ConsentReason]
    CONSENT_REASON_NEVER_ASKED: _ClassVar[ConsentReason]
    CONSENT_REASON_DENIED: _ClassVar[ConsentReason]
    CONSENT_REASON_LAPSED: _ClassVar[ConsentReason]
    CONSENT_REASON_GLOBAL_PRIVACY_CONTROL: _ClassVar[ConsentReason]
    CONSENT_REASON_TCF_REFUSED: _ClassVar[ConsentReason]
    CONSENT_REASON_UNAVAILABLE: _ClassVar[ConsentReason]
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_PERSONALISATION: Purpose
PURPOSE_MODEL_TRAINING: Purpose
PURPOSE_MEASUREMENT: Purpose
PURPOSE_CONTACT: Purpose
CONSENT_STATUS_UNSPECIFIED: ConsentStatus
CONSENT_STATUS_GRANTED: ConsentStatus
CONSENT_STATUS_DENIED: ConsentStatus
CONSENT_STATUS_NOTICED: ConsentStatus
CONSENT_REASON_UNSPECIFIED: ConsentReason
CONSENT_REASON_GRANTED: ConsentReason
CONSENT_REASON_NEVER_ASKED: ConsentReason
CONSENT_REASON_DENIED: ConsentReason
CONSENT_REASON_LAPSED: ConsentReason
CONSENT_REASON_GLOBAL_PRIVACY_CONTROL: ConsentReason
CONSENT_REASON_TCF_REFUSED: ConsentReason
CONSENT_REASON_UNAVAILABLE: ConsentReason

class Shopper(_message.Message):
    __slots__ = ("customer_id", "visitor_id")
    CUSTOMER_ID_FIELD_NUMBER: _ClassVar[int]
    VISITOR_ID_FIELD_NUMBER: _ClassVar[int]
    customer_id: str
    visitor_id: str
    def __init__(self, customer_id: _Optional[str] = ..., visitor_id: _Optional[str] = ...) -> None: ...

class Signals(_message.Message):
    __slots__ = ("jurisdiction", "global_privacy_control", "tcf_string")
    JURISDICTION_FIELD_NUMBER: _ClassVar[int]
    GLOBAL_PRIVACY_CONTROL_FIELD_NUMBER: _ClassVar[int]
    TCF_STRING_FIELD_NUMBER: _ClassVar[int]
    jurisdiction: str
    global_privacy_control: bool
    tcf_string: str
    def __init__(self, jurisdiction: _Optional[str] = ..., global_privacy_control: _Optional[bool] = ..., tcf_string: _Optional[str] = ...) -> None: ...
