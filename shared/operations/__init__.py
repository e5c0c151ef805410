"""What the operations of an API are, as data; imported by the document, never by what runs."""

from shared.operations.vocabulary import (
    EVERYBODY,
    JSON,
    KEY_NEEDED,
    KEY_PROBLEMS,
    READ_PROBLEMS,
    Answer,
    Content,
    Header,
    Operation,
    Page,
    Parameter,
    Refusal,
    Role,
    Tag,
    answered_in_json,
    refined,
)

__all__ = [
    "EVERYBODY",
    "JSON",
    "KEY_NEEDED",
    "KEY_PROBLEMS",
    "READ_PROBLEMS",
    "Answer",
    "Content",
    "Header",
    "Operation",
    "Page",
    "Parameter",
    "Refusal",
    "Role",
    "Tag",
    "answered_in_json",
    "refined",
]
