//! The write side: commands in, facts out.
