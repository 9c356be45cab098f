//! Personal data: sealed with one key per person, and unreadable once that key is gone.
