//! What is sent as the parameter, header or document that `properties/authorization.rs` is about.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mock_qlik_cloud_fuzz::authorization::holds(input));
