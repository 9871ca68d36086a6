//! What the example takes from the runtime under names that tokio does not have.

use wane::runtime::RuntimeMetrics;

pub(crate) use async_channel as channel;

/// Task slots in use, where the runtime counts them.
pub(crate) fn slots_in_use(_metrics: &RuntimeMetrics) -> Option<usize> {
    None
}
