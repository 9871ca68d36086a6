//! Values that follow a task.
