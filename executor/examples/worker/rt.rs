//! What the example takes from the runtime under names that tokio does not have.

use wane::runtime::RuntimeMetrics;

pub(crate) use wane::channel;

/// Task slots in use, where the runtime counts them.
pub(crate) fn slots_in_use(metrics: &RuntimeMetrics) -> Option<usize> {
    Some(metrics.slots_in_use())
}
