"""One frozen value describes a run; here it is declared, compared, read and written."""

from vae_gui.core.config.run import (
    DataConfig,
    Mix,
    ModelConfig,
    RunConfig,
    TrainingConfig,
    remarks,
    values,
    waiting_for_reset,
    with_live_values,
)
from vae_gui.core.config.toml import (
    NOTHING,
    SCHEMA,
    SECTIONS,
    assigned,
    distribution_from_table,
    from_table,
    from_toml,
    to_table,
    to_toml,
    with_value,
)

__all__ = [
    "NOTHING",
    "SCHEMA",
    "SECTIONS",
    "DataConfig",
    "Mix",
    "ModelConfig",
    "RunConfig",
    "TrainingConfig",
    "assigned",
    "distribution_from_table",
    "from_table",
    "from_toml",
    "remarks",
    "to_table",
    "to_toml",
    "values",
    "waiting_for_reset",
    "with_live_values",
    "with_value",
]
