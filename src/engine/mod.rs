//! Running it: ONNX Runtime, devices, model directories, and the thread that owns them.
