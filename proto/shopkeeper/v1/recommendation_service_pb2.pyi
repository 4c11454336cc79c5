from shopkeeper.v1 import shopper_pb2 as _shopper_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Source(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOURCE_UNSPECIFIED: _ClassVar[Source]
    SOURCE_PAGE: _ClassVar[Source]
    SOURCE_CART: _ClassVar[Source]
    SOURCE_SESSION: _ClassVar[Source]
    SOURCE_HISTORY: _ClassVar[Source]
    SOURCE_PREFERENCES: _ClassVar[Source]

class Relation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELATION_UNSPECIFIED: _ClassVar[Relation]
    RELATION_ACCESSORY: _ClassVar[Relation]
    RELATION_COMPLEMENT: _ClassVar[Relation]
    RELATION_REFILL: _ClassVar[Relation]
    RELATION_ALTERNATIVE: _ClassVar[Relation]

class Rung(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUNG_UNSPECIFIED: _ClassVar[Rung]
    RUNG_HISTORY: _ClassVar[Rung]
    RUNG_SESSION: _ClassVar[Rung]
    RUNG_ITEM: _ClassVar[Rung]
    RUNG_CATEGORY: _ClassVar[Rung]
    RUNG_NONE: _ClassVar[Rung]

class Moment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MOMENT_UNSPECIFIED: _ClassVar[Moment]
    MOMENT_BROWSING: _ClassVar[Moment]
    MOMENT_COMPARING: _ClassVar[Moment]
    MOMENT_BUYING: _ClassVar[Moment]
    MOMENT_DONE: _ClassVar[Moment]

class QuietReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUIET_REASON_UNSPECIFIED: _ClassVar[QuietReason]
    QUIET_REASON_UNKNOWN_ITEM: _ClassVar[QuietReason]
    QUIET_REASON_NO_CANDIDATES: _ClassVar[QuietReason]
    QUIET_REASON_BELOW_BAR: _ClassVar[QuietReason]
    QUIET_REASON_ALL_EXCLUDED: _ClassVar[QuietReason]
    QUIET_REASON_NO_MODEL: _ClassVar[QuietReason]
    QUIET_REASON_TOO_FEW: _ClassVar[QuietReason]
    QUIET_REASON_HOLDOUT: _ClassVar[QuietReason]

class ReasonCode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_CODE_UNSPECIFIED: _ClassVar[ReasonCode]
    REASON_CODE_BOUGHT_TOGETHER: _ClassVar[ReasonCode]
    REASON_CODE_ACCESSORY_OF: _ClassVar[ReasonCode]
    REASON_CODE_REFILL_OF: _ClassVar[ReasonCode]
    REASON_CODE_GOES_WITH_CATEGORY: _ClassVar[ReasonCode]
    REASON_CODE_CATEGORIES_GO_TOGETHER: _ClassVar[ReasonCode]
    REASON_CODE_TITLE_FITS: _ClassVar[ReasonCode]
    REASON_CODE_LOOKED_AT_TOGETHER: _ClassVar[ReasonCode]
SOURCE_UNSPECIFIED: Source
SOURCE_PAGE: Source
SOURCE_CART: Source
SOURCE_SESSION: Source
SOURCE_HISTORY: Source
SOURCE_PREFERENCES: Source
RELATION_UNSPECIFIED: Relation
RELATION_ACCESSORY: Relation
RELATION_COMPLEMENT: Relation
RELATION_REFILL: Relation
RELATION_ALTERNATIVE: Relation
RUNG_UNSPECIFIED: Rung
RUNG_HISTORY: Rung
RUNG_SESSION: Rung
RUNG_ITEM: Rung
RUNG_CATEGORY: Rung
RUNG_NONE: Rung
MOMENT_UNSPECIFIED: Moment
MOMENT_BROWSING: Moment
MOMENT_COMPARING: Moment
MOMENT_BUYING: Moment
MOMENT_DONE: Moment
QUIET_REASON_UNSPECIFIED: QuietReason
QUIET_REASON_UNKNOWN_ITEM: QuietReason
QUIET_REASON_NO_CANDIDATES: QuietReason
QUIET_REASON_BELOW_BAR: QuietReason
QUIET_REASON_ALL_EXCLUDED: QuietReason
QUIET_REASON_NO_MODEL: QuietReason
QUIET_REASON_TOO_FEW: QuietReason
QUIET_REASON_HOLDOUT: QuietReason
REASON_CODE_UNSPECIFIED: ReasonCode
REASON_CODE_BOUGHT_TOGETHER: ReasonCode
REASON_CODE_ACCESSORY_OF: ReasonCode
REASON_CODE_REFILL_OF: ReasonCode
REASON_CODE_GOES_WITH_CATEGORY: ReasonCode
REASON_CODE_CATEGORIES_GO_TOGETHER: ReasonCode
REASON_CODE_TITLE_FITS: ReasonCode
REASON_CODE_LOOKED_AT_TOGETHER: ReasonCode

class RecommendRequest(_message.Message):
    __slots__ = ("placement", "item_id", "cart_item_ids", "viewed_item_ids", "shown_item_ids", "dismissed_item_ids", "max_results", "include_titles", "shopper", "signals", "passed_by_item_ids", "owned", "muted_topics", "session_id")
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    CART_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    VIEWED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    SHOWN_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    DISMISSED_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    MAX_RESULTS_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TITLES_FIELD_NUMBER: _ClassVar[int]
    SHOPPER_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    PASSED_BY_ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    OWNED_FIELD_NUMBER: _ClassVar[int]
    MUTED_TOPICS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    placement: str
    item_id: str
    cart_item_ids: _containers.RepeatedScalarFieldContainer[str]
    viewed_item_ids: _containers.RepeatedScalarFieldContainer[str]
    shown_item_ids: _containers.RepeatedScalarFieldContainer[str]
    dismissed_item_ids: _containers.RepeatedScalarFieldContainer[str]
    max_results: int
    include_titles: bool
    shopper: _shopper_pb2.Shopper
    signals: _shopper_pb2.Signals
    passed_by_item_ids: _containers.RepeatedScalarFieldContainer[str]
    owned: _containers.RepeatedCompositeFieldContainer[OwnedItem]
    muted_topics: _containers.RepeatedScalarFieldContainer[str]
    session_id: str
    def __init__(self, placement: _Optional[str] = ..., item_id: _Optional[str] = ..., cart_item_ids: _Optional[_Iterable[str]] = ..., viewed_item_ids: _Optional[_Iterable[str]] = ..., shown_item_ids: _Optional[_Iterable[str]] = ..., dismissed_item_ids: _Optional[_Iterable[str]] = ..., max_results: _Optional[int] = ..., include_titles: _Optional[bool] = ..., shopper: _Optional[_Union[_shopper_pb2.Shopper, _Mapping]] = ..., signals: _Optional[_Union[_shopper_pb2.Signals, _Mapping]] = ..., passed_by_item_ids: _Optional[_Iterable[str]] = ..., owned: _Optional[_Iterable[_Union[OwnedItem, _Mapping]]] = ..., muted_topics: _Optional[_Iterable[str]] = ..., session_id: _Optional[str] = ...) -> None: ...

class OwnedItem(_message.Message):
    __slots__ = ("item_id", "days_since_bought")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    DAYS_SINCE_BOUGHT_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    days_since_bought: float
    def __init__(self, item_id: _Optional[str] = ..., days_since_bought: _Optional[float] = ...) -> None: ...

class RecommendResponse(_message.Message):
    __slots__ = ("recommendations", "model_version", "rung", "quiet_reason", "attribution_token", "anchor_title", "personalisation", "moment", "based_on", "based_on_text", "looked_at", "variant")
    RECOMMENDATIONS_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    RUNG_FIELD_NUMBER: _ClassVar[int]
    QUIET_REASON_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TITLE_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_FIELD_NUMBER: _ClassVar[int]
    MOMENT_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_TEXT_FIELD_NUMBER: _ClassVar[int]
    LOOKED_AT_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    recommendations: _containers.RepeatedCompositeFieldContainer[Recommendation]
    model_version: str
    rung: Rung
    quiet_reason: QuietReason
    attribution_token: str
    anchor_title: str
    personalisation: _shopper_pb2.ConsentReason
    moment: Moment
    based_on: _containers.RepeatedScalarFieldContainer[Source]
    based_on_text: str
    looked_at: _containers.RepeatedScalarFieldContainer[Source]
    variant: str
    def __init__(self, recommendations: _Optional[_Iterable[_Union[Recommendation, _Mapping]]] = ..., model_version: _Optional[str] = ..., rung: _Optional[_Union[Rung, str]] = ..., quiet_reason: _Optional[_Union[QuietReason, str]] = ..., attribution_token: _Optional[str] = ..., anchor_title: _Optional[str] = ..., personalisation: _Optional[_Union[_shopper_pb2.ConsentReason, str]] = ..., moment: _Optional[_Union[Moment, str]] = ..., based_on: _Optional[_Iterable[_Union[Source, str]]] = ..., based_on_text: _Optional[str] = ..., looked_at: _Optional[_Iterable[_Union[Source, str]]] = ..., variant: _Optional[str] = ...) -> None: ...

class Recommendation(_message.Message):
    __slots__ = ("item_id", "probability", "relation", "reason", "title")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    RELATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    probability: float
    relation: Relation
    reason: Reason
    title: str
    def __init__(self, item_id: _Optional[str] = ..., probability: _Optional[float] = ..., relation: _Optional[_Union[Relation, str]] = ..., reason: _Optional[_Union[Reason, _Mapping]] = ..., title: _Optional[str] = ...) -> None: ...

class Reason(_message.Message):
    __slots__ = ("code", "text", "evidence_item_id", "n_people")
    CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    N_PEOPLE_FIELD_NUMBER: _ClassVar[int]
    code: ReasonCode
    text: str
    evidence_item_id: str
    n_people: int
    def __init__(self, code: _Optional[_Union[ReasonCode, str]] = ..., text: _Optional[str] = ..., evidence_item_id: _Optional[str] = ..., n_people: _Optional[int] = ...) -> None: ...

class BatchRecommendRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[RecommendRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[RecommendRequest, _Mapping]]] = ...) -> None: ...

class BatchRecommendResponse(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[RecommendResponse]
    def __init__(self, responses: _Optional[_Iterable[_Union[RecommendResponse, _Mapping]]] = ...) -> None: ...
