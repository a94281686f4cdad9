"""What an export is sent as: by `format`, or by what the caller accepts (RFC 9110 §12.5.1)."""

from enum import StrEnum

from app.api.problems import NOT_ACCEPTABLE, ProblemError


class ExportFormat(StrEnum):
    """A file's kind."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


def chosen_format(said: ExportFormat | None, accept: str | None) -> ExportFormat:
    """The format asked for, else the one that the caller likes best; CSV for who likes anything. Raises 406."""
    if said is not None:
        return said
    liked = [part for part in map(_weighed, (accept or "*/*").split(",")) if part[1] > 0]
    best: tuple[float, ExportFormat] | None = None
    for each, media_type in MEDIA_TYPES.items():
        weight = max((q for wanted, q in liked if _covers(wanted, media_type)), default=0.0)
        if weight and (best is None or weight > best[0]):
            best = (weight, each)
    if best is None:
        raise ProblemError(NOT_ACCEPTABLE)
    return best[1]


def _weighed(part: str) -> tuple[str, float]:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return media_type, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return media_type, 0.0
    return media_type, 1.0


def _covers(wanted: str, media_type: str) -> bool:
    return wanted in {"*/*", media_type, f"{media_type.partition('/')[0]}/*"}
