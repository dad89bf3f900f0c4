package onnxruntime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

var (
	// ErrNotFound means that no library was found; the message says where to get one.
	ErrNotFound = errors.New("onnxruntime: no library found")
	// ErrVersion means that the library is of a version that is not known to work.
	ErrVersion = errors.New("onnxruntime: this version is not supported")
	// ErrClosed is returned by what was closed.
	ErrClosed = errors.New("onnxruntime: closed")
)

// howToGet ends ErrNotFound.
const howToGet = "pip install onnxruntime (on a machine with an NVIDIA GPU: onnxruntime-gpu), or name libonnxruntime with DECLOUD_ONNXRUNTIME"

// Config says which library to load. The zero value is what [Find] finds.
type Config struct {
	// Path of the library, or of a folder that holds it: a Python environment, a distribution. Default: what [Find] finds.
	Path string
	// Threads of one session on the processors. Default 0: as many as Go uses (GOMAXPROCS).
	Threads int
	// NoGPU leaves GPUs alone.
	NoGPU bool
}

// Runtime is a loaded library. It is a [packagefmt.Runner], and may be used from several goroutines at once. Load
// it once: the library's own state belongs to the process.
type Runtime struct {
	api     *api
	path    string
	version string
	threads int
	cuda    bool  // sessions try the GPU
	noCUDA  error // why not, where the library has the provider

	mu     sync.Mutex
	env    uintptr // 0: released
	closed bool
	uses   int // sessions that hold env, and 1 until Close
}

// Open loads the library. It fails with [ErrNotFound] where there is none, and with [ErrVersion] where all that there are have another
// version.
func Open(cfg Config) (*Runtime, error) {
	paths := Find()
	if cfg.Path != "" {
		paths = at(cfg.Path, runtime.GOOS)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%w%s: %s", ErrNotFound, within(cfg.Path, os.Getenv), howToGet)
	}
	var wrong error
	for _, path := range paths {
		r, err := open(path, cfg)
		if err == nil {
			return r, nil
		}
		wrong = errors.Join(wrong, err)
	}
	return nil, wrong
}

// within says which folder holds no library, if one was named.
func within(path string, env func(string) string) string {
	from := ""
	for _, name := range Variables {
		if path == "" && env(name) != "" {
			path, from = env(name), " ("+name+")"
		}
	}
	if path == "" {
		return ""
	}
	return fmt.Sprintf(" in the folder %.200s%s: no file %s in it, nor where a Python environment has it", path, from, library(runtime.GOOS))
}

func open(path string, cfg Config) (*Runtime, error) {
	a, version, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r := &Runtime{api: a, path: path, version: version, threads: cfg.Threads, uses: 1}
	if r.threads <= 0 {
		r.threads = runtime.GOMAXPROCS(0)
	}
	if err := a.check(a.createEnv(levelFatal, "decloud", &r.env)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := a.check(a.disableTelemetryEvents(r.env)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), r.Close())
	}
	if !cfg.NoGPU && a.hasCUDA() {
		r.noCUDA = r.tryCUDA()
		r.cuda = r.noCUDA == nil
	}
	return r, nil
}

// Path is the library's file.
func (r *Runtime) Path() string { return r.path }

// Version is the library's version, such as "1.23.2".
func (r *Runtime) Version() string { return r.version }

// GPU reports whether encoders run on a CUDA GPU; if not, and the library can, why says what is missing.
func (r *Runtime) GPU() (ok bool, why error) { return r.cuda, r.noCUDA }

// String says what runs where: "ONNX Runtime 1.23.2 on CPU".
func (r *Runtime) String() string { return r.name(r.cuda, r.noCUDA) }

func (r *Runtime) name(cuda bool, why error) string {
	name := "ONNX Runtime " + r.version
	switch {
	case cuda:
		return name + " on CUDA"
	case why != nil:
		return fmt.Sprintf("%s on CPU (its CUDA does not work here: %.200s)", name, strings.Join(strings.Fields(why.Error()), " "))
	}
	return name + " on CPU"
}

// Speedups at best: of a GPU, and of a processor for which packagefmt's engine has no kernels in assembly.
const (
	gpuSpeedup      = 1000
	portableSpeedup = 20
)

// Speedup implements [packagefmt.Runner]: 1 on processors whose kernels packagefmt has in assembly. Others' are bounds, not
// measured.
func (r *Runtime) Speedup() float64 {
	switch {
	case r.cuda:
		return gpuSpeedup
	case runtime.GOARCH != "amd64":
		return portableSpeedup
	}
	return 1
}

// Close frees what the library holds for this process, after the last session is closed. The library stays loaded.
func (r *Runtime) Close() error {
	r.mu.Lock()
	first := !r.closed
	r.closed = true
	r.mu.Unlock()
	if first {
		r.release()
	}
	return nil
}

// use keeps the library's state until release.
func (r *Runtime) use() (env uintptr, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, ErrClosed
	}
	r.uses++
	return r.env, nil
}

func (r *Runtime) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.uses--; r.uses == 0 {
		r.api.releaseEnv(r.env)
		r.env = 0
	}
}

var _ packagefmt.Runner = (*Runtime)(nil)

// supported checks a version: 1.18 or later of major version 1.
func supported(version string) error {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	m, err := strconv.Atoi(minor)
	if major != "1" || err != nil || m < minAPI {
		return fmt.Errorf("%w: it is %.40q, and 1.%d or later is needed, of major version 1", ErrVersion, version, minAPI)
	}
	return nil
}

// Load implements [packagefmt.Runner]: on the GPU if there is one that takes the encoder, else on the processors.
func (r *Runtime) Load(ctx context.Context, file []byte, _ []int) (packagefmt.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	why := r.noCUDA
	if r.cuda {
		s, err := r.session(file, true)
		if err == nil {
			return s, nil
		}
		why = err
	}
	s, err := r.session(file, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	s.name = r.name(false, why)
	return s, nil
}
