//! What can go wrong between the files and the result.

use crate::ingest::IngestError;

/// A failure that the user can act on; each message names the thing, what was expected and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// The files could not be read or understood.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// No row is a purchase: all ended among the problems, or all that was bought was returned.
    #[error(
        "no row is a usable purchase; expected at least one with a customer, a date and an amount above 0: see whether \
         the right columns were read, and name them with --customer, --time and --amount"
    )]
    NoPurchases,
    /// Every row of a file of contracts ended among the problems.
    #[error("no row is a usable contract: {reasons}")]
    NoContracts {
        /// Why, with counts.
        reasons: String,
    },
    /// An option contradicts the data.
    #[error("{0}")]
    Option(String),
    /// A model could not be fitted, and no other stands in for it.
    #[error(transparent)]
    Model(#[from] cvm_models::ModelError),
    /// The output could not be written.
    #[error("{path}: {source}")]
    Output {
        /// The file or folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The engine ran out of memory and could not spill.
    #[error("the memory limit is too low for this step: {0}; raise it with --memory")]
    Memory(String),
    /// A table of the lake could not be read or written.
    #[error("the lake: {0}")]
    Table(String),
    /// A fault of ours or of the engine.
    #[error("internal error: {0}; this is a fault of OpenCVM, please report it")]
    Internal(String),
}

impl From<datafusion::error::DataFusionError> for LakeError {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        use datafusion::error::DataFusionError as E;
        match error.find_root() {
            E::ResourcesExhausted(message) => return Self::Memory(message.clone()),
            E::External(_) => {}
            other => return Self::Internal(other.to_string()),
        }
        // An error of the reader travels through the engine in a box, perhaps inside a context.
        match unwrapped(error) {
            Ok(ingest) => Self::Ingest(ingest),
            Err(other) => Self::Internal(other),
        }
    }
}

fn unwrapped(error: datafusion::error::DataFusionError) -> Result<IngestError, String> {
    use datafusion::error::DataFusionError as E;
    match error {
        E::Context(_, inner) => unwrapped(*inner),
        E::External(inner) => match inner.downcast::<IngestError>() {
            Ok(ingest) => Ok(*ingest),
            Err(inner) => match inner.downcast::<E>() {
                Ok(nested) => unwrapped(*nested),
                Err(other) => Err(other.to_string()),
            },
        },
        other => Err(other.to_string()),
    }
}

impl From<datafusion::arrow::error::ArrowError> for LakeError {
    fn from(error: datafusion::arrow::error::ArrowError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<datafusion::parquet::errors::ParquetError> for LakeError {
    fn from(error: datafusion::parquet::errors::ParquetError) -> Self {
        Self::Internal(error.to_string())
    }
}
