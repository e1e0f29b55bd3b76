//! BG/NBD with columns known of each customer.
