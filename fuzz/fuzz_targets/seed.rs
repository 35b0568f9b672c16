//! What is sent as the parameter, header or document that `properties/seed.rs` is about.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mock_qlik_cloud_fuzz::seed::holds(input));
