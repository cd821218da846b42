//! Documents of every family, built by hand.
