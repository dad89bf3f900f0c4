// Package onnxruntime runs the encoders of model packages on ONNX Runtime, Microsoft's engine, where its library
// is on the machine: on a CUDA GPU if the library and the machine have one, else on the processors. It is a module
// of its own, and needs no cgo: the library is loaded when the program runs.
//
//	rt, err := onnxruntime.Open(onnxruntime.Config{})
//	switch {
//	case errors.Is(err, onnxruntime.ErrNotFound): // encoders run on packagefmt's own engine
//	case err != nil:
//		return err
//	default:
//		defer rt.Close()
//		config.Runner = rt // of a trainer or a validator; or packagefmt.Embedder{Runner: rt}
//	}
//
// # Which library
//
// [Config].Path names it; otherwise the variables DECLOUD_ONNXRUNTIME and ORT_DYLIB_PATH do; otherwise it is looked for where
// package managers put it: the wheels onnxruntime and onnxruntime-gpu of the Python environment that is active, of
// the user's and of the system's Python, conda, the npm package onnxruntime-node, and the system's directories for
// libraries ([Find]). Versions from 1.18 on are taken, of major version 1: its table of functions only grows.
// Others are refused. Tests run with the version that packagefmt/testdata/onnx/requirements.txt names.
//
// # What runs where
//
// Only encoders that are ONNX files run here; those of layers, heads, training and scoring stay on packagefmt's engine.
// packagefmt compares a session with its own engine on samples of the data at hand each time, and uses it only within
// packagefmt.RunnerTolerance ([packagefmt.Embedder]); what runs where, and why, comes as a packagefmt.Ran.
// Results on a GPU and on other processors differ in their last digits. So trainers may embed their data here, and
// validators check a package's embeddings; what others compute again to the bit (scores, runs) never comes here.
//
// # What was measured
//
// On Linux on amd64, processors only: see README.md. The CUDA provider is asked for as its documentation says
// (without TF32, whose 10 bits of mantissa would fail the comparison) and was never run: no GPU, and no library with
// CUDA in it, was at hand. How fast and how exact it is there is unmeasured, and so are macOS, Windows and arm64, for
// which the package is built and vetted.
//
// # Trust
//
// The library is native code in this process: whoever can write the file that is loaded is this program's master, and a
// fault in it (SIGSEGV) ends the process, workers and all. They go on where they were when they are started again.
// A package's encoder.onnx never reaches it. packagefmt reads that file with its own importer, which knows a list of operators,
// runs them without data under bounds of memory and work, and writes a new file of what it understood: that one is
// loaded here. So no unknown operator, custom library, external file, control flow or malformed protocol buffer gets in. It
// does not protect from a fault in the library's own code for a legal graph, nor bound the memory that the library takes for
// one: run workers for strangers under a limit of the system (ulimit, systemd's MemoryMax), or without this module, if that
// matters to you.
//
// # Other programs' needs
//
// Built with CGO_ENABLED=0 a program with this package still links the C library of its system dynamically (purego needs dlopen):
// it does not run in an image without one.
package onnxruntime
