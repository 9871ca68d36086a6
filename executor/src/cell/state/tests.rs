//! The moves of the word, one thread at a time.

use super::*;

const ID: u64 = 0x1234_5678_9ABC;
const TAG_BITS: u32 = 35;
const TAG: u64 = ID & ((1 << TAG_BITS) - 1);

fn queued() -> State {
    let state = State::free();
    state.occupy(ID);
    state
}

fn running() -> State {
    let state = queued();
    assert_eq!(state.start(), Start::Poll(ID));
    state
}

fn asleep() -> State {
    let state = running();
    assert_eq!(state.pause(), Pause::Asleep);
    state
}

#[test]
fn a_wake_during_poll_runs_the_task_again() {
    let state = running();
    assert_eq!(state.wake(TAG, TAG_BITS), Wake::Nothing);
    assert_eq!(state.pause(), Pause::Requeue);
    assert_eq!(state.start(), Start::Poll(ID));
    assert_eq!(state.pause(), Pause::Asleep);
}

#[test]
fn only_the_first_wake_of_a_sleeping_task_queues_it() {
    let state = asleep();
    assert_eq!(state.wake(TAG, TAG_BITS), Wake::Enqueue);
    assert_eq!(state.wake(TAG, TAG_BITS), Wake::Nothing);
}

#[test]
fn a_wake_with_another_tag_is_nothing() {
    let state = asleep();
    assert_eq!(state.wake(TAG ^ 1, TAG_BITS), Wake::Nothing);
    assert_eq!(state.abort(ID + (1 << 40)), Wake::Nothing);
    assert_eq!(state.wake(TAG, TAG_BITS), Wake::Enqueue);
}

#[test]
fn abort_queues_a_sleeping_task_and_stops_a_running_one() {
    let state = asleep();
    assert_eq!(state.abort(ID), Wake::Enqueue);
    assert_eq!(state.start(), Start::Cancel(ID));

    let state = running();
    assert_eq!(state.abort(ID), Wake::Interrupt);
    assert_eq!(state.pause(), Pause::Cancel);
    assert_eq!(state.complete(Outcome::Stored), Complete::Done);
}

#[test]
fn of_a_wake_and_an_abort_of_a_task_born_asleep_one_gets_the_runnable() {
    let state = State::free();
    state.occupy_asleep(ID);
    assert!(state.is_asleep(ID) && !state.is_asleep(ID + 1));
    assert_eq!(state.wake(ID, ID_BITS), Wake::Enqueue);
    assert_eq!(state.abort(ID), Wake::Nothing);
    assert!(!state.is_asleep(ID));

    let state = State::free();
    state.occupy_asleep(ID);
    assert_eq!(state.abort(ID), Wake::Enqueue);
    assert_eq!(state.wake(ID, ID_BITS), Wake::Nothing);
    assert_eq!(state.start(), Start::Cancel(ID));
}

#[test]
fn a_silent_outcome_frees_the_slot_under_a_kept_handle() {
    let state = running();
    assert_eq!(state.complete(Outcome::Silent), Complete::Recycle);
    assert!(state.is_free());
    assert_eq!(state.lock_joiner(ID), LockJoiner::Gone);
    assert_eq!(state.release_handle(ID), ReleaseHandle::Released);
}

#[test]
fn a_stored_outcome_waits_for_the_handle() {
    let state = running();
    assert_eq!(state.complete(Outcome::Stored), Complete::Done);
    assert!(state.is_finished(ID) && !state.is_free());
    assert_eq!(state.lock_joiner(ID), LockJoiner::Finished);
    assert_eq!(state.finish_handle(), Release::Recycle);
    assert!(state.is_free());
}

#[test]
fn an_outcome_nobody_wants_is_refused() {
    let state = running();
    assert_eq!(state.release_handle(ID), ReleaseHandle::Released);
    assert!(!state.wants_outcome());
    assert_eq!(state.complete(Outcome::Stored), Complete::Unwanted);
    assert_eq!(state.complete(Outcome::Nothing), Complete::Recycle);
}

#[test]
fn a_handle_may_go_and_leave_its_waker() {
    let state = running();
    assert_eq!(
        state.lock_joiner(ID),
        LockJoiner::Locked { occupied: false }
    );
    assert_eq!(state.unlock_joiner(), UnlockJoiner::Waiting);
    assert_eq!(state.release_handle_alone(ID), ReleaseHandle::Released);
    assert!(!state.wants_outcome());
    assert_eq!(state.complete(Outcome::Stored), Complete::Unwanted);
    assert_eq!(state.complete(Outcome::Nothing), Complete::WakeJoiner);
    assert_eq!(state.joiner_taken(), Release::Recycle);
    assert_eq!(state.release_handle_alone(ID), ReleaseHandle::Released);
}

#[test]
fn completion_while_the_handle_writes_its_waker_leaves_both_to_the_handle() {
    let state = running();
    assert_eq!(
        state.lock_joiner(ID),
        LockJoiner::Locked { occupied: false }
    );
    assert_eq!(state.complete(Outcome::Silent), Complete::Done);
    assert_eq!(state.unlock_joiner(), UnlockJoiner::Gone);
    assert_eq!(state.abandon_joiner(), Release::Recycle);
}

#[test]
fn the_completer_wakes_the_joiner_and_the_last_of_both_recycles() {
    let state = running();
    assert_eq!(
        state.lock_joiner(ID),
        LockJoiner::Locked { occupied: false }
    );
    assert_eq!(state.unlock_joiner(), UnlockJoiner::Waiting);
    assert_eq!(state.complete(Outcome::Stored), Complete::WakeJoiner);
    assert_eq!(state.finish_handle(), Release::Kept);
    assert_eq!(state.joiner_taken(), Release::Recycle);
}
