//! The artist's library: which models lie on this machine, and fetching others.
//!
//! Nothing is fetched that was not asked for. Does not know windows, command lines or what a model computes.

mod access;
mod ask;
mod download;
mod entries;
mod place;
mod shelf;
mod source;
mod starters;
mod suited;
mod tools;
mod transfer;
mod verify;

pub use access::{Access, Limits, is_private};
pub use download::{Download, Progress, State};
pub use entries::{Entry, scan};
pub use shelf::{Home, Said, Shelf, named};
pub use source::{Source, SourceError};
pub use starters::{STARTERS, Starter};
pub use suited::{By, Made, Maker, Style, Suited, Wanted, reasons, suited};
pub use tools::{Place, Tool, find, places};
pub use verify::{Finding, Verdict, recorded, verify};
