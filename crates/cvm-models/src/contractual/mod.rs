//! Customers under contract, who are seen to leave: survival, retention and what is left of a subscription's value.
