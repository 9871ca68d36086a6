//! The sums for each spawn site.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;

use super::view::TaskState;
use super::{json, prometheus, table};
use crate::cell::origin::Sighting;

/// What a runtime holds by spawn site; see [`Handle::census`](crate::runtime::Handle::census).
#[derive(Clone, Debug)]
pub struct Census {
    sites: Vec<SiteCensus>,
}

/// What one spawn site has led to that is still there.
#[derive(Clone, Copy, Debug)]
pub struct SiteCensus {
    spawned_at: &'static Location<'static>,
    future_type: &'static str,
    pub(super) idle: usize,
    pub(super) queued: usize,
    pub(super) running: usize,
    pub(super) future_bytes: usize,
    pub(super) retained: usize,
    pub(super) retained_bytes: usize,
}

/// A census that is being taken.
#[derive(Default)]
pub(super) struct Sums {
    sites: HashMap<(&'static Location<'static>, &'static str), SiteCensus>,
}

impl Sums {
    pub(super) fn add(&mut self, sighting: &Sighting) {
        let (spawned_at, future_type) =
            (sighting.origin.spawned_at(), sighting.origin.future_type());
        self.sites
            .entry((spawned_at, future_type))
            .or_insert_with(|| SiteCensus::new(spawned_at, future_type))
            .add(sighting);
    }

    pub(super) fn census(self) -> Census {
        let mut sites: Vec<SiteCensus> = self.sites.into_values().collect();
        sites.sort_by_key(|site| {
            let bytes = site.future_bytes + site.retained_bytes;
            (Reverse(bytes), Reverse(site.live()), site.spawned_at)
        });
        Census { sites }
    }
}

impl Census {
    /// The sites, the most bytes first. A generic function that spawns has an entry for each type of
    /// future.
    #[must_use]
    pub fn sites(&self) -> &[SiteCensus] {
        &self.sites
    }

    /// An array of objects, one for each site.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::of(&self.sites)
    }

    /// Prometheus's text format: gauges whose label `site` is the spawn site.
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        prometheus::of(&self.sites)
    }
}

/// A table.
impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table::of_sites(&self.sites).fmt(f)
    }
}

impl SiteCensus {
    fn new(spawned_at: &'static Location<'static>, future_type: &'static str) -> Self {
        Self {
            spawned_at,
            future_type,
            idle: 0,
            queued: 0,
            running: 0,
            future_bytes: 0,
            retained: 0,
            retained_bytes: 0,
        }
    }

    fn add(&mut self, sighting: &Sighting) {
        match TaskState::of(sighting.standing) {
            Some(TaskState::Idle) => self.idle += 1,
            Some(TaskState::Queued) => self.queued += 1,
            Some(TaskState::Running) => self.running += 1,
            None => {
                self.retained += 1;
                self.retained_bytes += sighting.output_size;
                return;
            }
        }
        self.future_bytes += sighting.origin.future_size();
    }

    /// Where the program spawned them.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    /// The type of their futures, as [`std::any::type_name`] has it: for people to read.
    #[must_use]
    pub fn future_type(&self) -> &'static str {
        self.future_type
    }

    /// How many tasks are not over.
    #[must_use]
    pub fn live(&self) -> usize {
        self.idle + self.queued + self.running
    }

    /// The bytes of their futures, without what those have allocated themselves.
    #[must_use]
    pub fn future_bytes(&self) -> usize {
        self.future_bytes
    }

    /// How many results are ready and not taken.
    #[must_use]
    pub fn retained(&self) -> usize {
        self.retained
    }

    /// The bytes of those results, without what they have allocated themselves.
    #[must_use]
    pub fn retained_bytes(&self) -> usize {
        self.retained_bytes
    }
}
