//! What is asked, as far as it makes sense.

use tonic::Status;

use super::{
    super::{expectation::stream_name, status},
    filter::Filter,
    form::Form,
};
use crate::server::wire::{
    self, AllSource, FilterOption, IdForm, PositionOption, ReadOptions, ReadReq, RevisionOption,
    StreamSource, UuidForm,
};

/// A question to the log.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) source: Source,
    pub(super) amount: Amount,
    pub(super) form: Form,
}

/// Where to read.
#[derive(Debug)]
pub(super) enum Source {
    /// One stream, from a revision.
    Stream { stream: String, from: From },
    /// The whole log, from a position.
    All { from: From, filter: Option<Filter> },
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Start,
    End,
    /// This revision or position.
    At(u64),
}

/// How much to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// So many facts. `told` callers want to hear where the stream begins and ends.
    Count { count: u64, direction: Direction, told: bool },
    /// All there are and all that will come.
    Everything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forwards,
    Backwards,
}

const OPTIONS: &str = "EventStore.Client.Streams.ReadReq+Types+Options";

impl Question {
    pub(super) fn parse(request: ReadReq) -> Result<Self, Status> {
        let options = request.options.unwrap_or_default();
        check_combination(&options)?;
        let ReadOptions {
            source,
            read_direction,
            amount,
            filter,
            uuid_option,
            control_option,
            resolve_links,
        } = options;
        let ids = match uuid_option.and_then(|option| option.content) {
            Some(UuidForm::Structured(_)) => IdForm::Structured,
            Some(UuidForm::String(_)) => IdForm::String,
            None => {
                return Err(Status::invalid_argument("'uuidOption' is a required argument"));
            }
        };
        let source = match source {
            Some(wire::Source::Stream(stream)) => Source::stream(stream)?,
            Some(wire::Source::All(all)) => Source::all(all, filter)?,
            None => return Err(status::not_valid(&format!("{OPTIONS}+StreamOptionOneofCase"))),
        };
        let direction =
            if read_direction == 0 { Direction::Forwards } else { Direction::Backwards };
        let amount = match amount {
            Some(wire::Amount::Count(0)) => return Err(status::thrown()),
            Some(wire::Amount::Count(count)) => {
                let told = control_option.is_some_and(|option| option.compatibility >= 1);
                Amount::Count { count, direction, told }
            }
            Some(wire::Amount::Subscription(_)) => {
                source.check_checkpoints()?;
                Amount::Everything
            }
            None => return Err(status::not_valid(&format!("{OPTIONS}+CountOptionOneofCase"))),
        };
        let form = Form { ids, links: resolve_links };
        Ok(Self { source, amount, form })
    }
}

impl Source {
    fn stream(source: StreamSource) -> Result<Self, Status> {
        let stream = stream_name(source.stream_identifier)?;
        let from = match source.revision {
            Some(RevisionOption::Revision(u64::MAX) | RevisionOption::End(_)) => From::End,
            Some(RevisionOption::Revision(revision)) => From::At(revision),
            Some(RevisionOption::Start(_)) => From::Start,
            None => return Err(status::thrown()),
        };
        Ok(Self::Stream { stream, from })
    }

    /// A subscription with a filter needs checkpoints.
    fn check_checkpoints(&self) -> Result<(), Status> {
        match self {
            Self::All { filter: Some(filter), .. } if filter.checkpoint_every == 0 => {
                Err(status::thrown())
            }
            Self::All { .. } | Self::Stream { .. } => Ok(()),
        }
    }

    fn all(source: AllSource, filter: Option<FilterOption>) -> Result<Self, Status> {
        let from = match source.position {
            Some(PositionOption::Position(position)) if position.commit_position == u64::MAX => {
                From::End
            }
            Some(PositionOption::Position(position)) => From::At(position.commit_position),
            Some(PositionOption::Start(_)) => From::Start,
            Some(PositionOption::End(_)) => From::End,
            None => return Err(status::thrown()),
        };
        let filter = match filter {
            Some(FilterOption::Filter(options)) => Some(Filter::parse(options)?),
            Some(FilterOption::NoFilter(_)) | None => None,
        };
        Ok(Self::All { from, filter })
    }
}

/// Refuse what cannot be asked together.
fn check_combination(options: &ReadOptions) -> Result<(), Status> {
    let (source, is_stream) = match options.source {
        Some(wire::Source::Stream(_)) => ("Stream", true),
        Some(wire::Source::All(_)) => ("All", false),
        None => return Err(status::not_valid(&format!("{OPTIONS}+StreamOptionOneofCase"))),
    };
    let (amount, is_subscription) = match options.amount {
        Some(wire::Amount::Count(_)) => ("Count", false),
        Some(wire::Amount::Subscription(_)) => ("Subscription", true),
        None => ("None", false),
    };
    let filter = match options.filter {
        Some(FilterOption::Filter(_)) => "Filter",
        Some(FilterOption::NoFilter(_)) => "NoFilter",
        None => "None",
    };
    let direction = if options.read_direction == 0 { "Forwards" } else { "Backwards" };
    let impossible = amount == "None"
        || filter == "None"
        || (is_stream && filter == "Filter")
        || (is_subscription && direction == "Backwards");
    if impossible {
        return Err(Status::invalid_argument(format!(
            "The combination of ({source}, {amount}, {direction}, {filter}) is invalid."
        )));
    }
    Ok(())
}
