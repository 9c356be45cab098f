//! HTTP and WebSocket in front of the write side and the read side.
