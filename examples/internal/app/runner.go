package app

import (
	"cmp"
	"strings"

	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// EncoderRunner runs encoders; it is module onnxruntime's.
type EncoderRunner interface {
	packagefmt.Runner
	String() string // what runs where
	Path() string   // the library's file
	Close() error
}

// The values of the setting onnxruntime beside a path.
const (
	runnerAuto = "auto" // also for ""
	runnerCPU  = "cpu"
	runnerOff  = "off"
)

// RunnerSetting is the setting onnxruntime.
func RunnerSetting(p *string) Setting {
	return Setting{Key: "onnxruntime", Value: runnerValue{pathValue{textValue{p, nil}}},
		Help: "`auto|cpu|off|PATH` of ONNX Runtime's library, which runs encoders, on a CUDA GPU if there is one; auto: if it is found; cpu: on no GPU (only the commands of examples/cmd)"}
}

// runnerValue is a word or a path.
type runnerValue struct{ pathValue }

func (v runnerValue) Set(text string) error {
	if word := strings.ToLower(strings.TrimSpace(text)); word == runnerAuto || word == runnerCPU || word == runnerOff {
		return v.textValue.Set(word)
	}
	return v.pathValue.Set(text)
}

// Runner is what runs encoders by the setting onnxruntime; nil: packagefmt's own engine. The caller calls done in the end.
func (c *Call) Runner(setting string) (r packagefmt.Runner, done func(), err error) {
	none := func() {}
	word := cmp.Or(setting, runnerAuto)
	open := c.App.Extras.Runner
	switch {
	case word == runnerOff, open == nil && word == runnerAuto:
		return nil, none, nil
	case open == nil:
		return nil, none, usageError{c.App.elsewhere("ONNX Runtime")}
	}
	path := setting
	if word == runnerAuto || word == runnerCPU {
		path = ""
	}
	found, err := open(path, word != runnerCPU)
	if err != nil && word == runnerAuto {
		c.Note("encoders run on %s, since ONNX Runtime's library was not loaded: %v (--onnxruntime off: do not look for it)", packagefmt.OwnEngine, err)
		return nil, none, nil
	}
	if err != nil || found == nil {
		return nil, none, err
	}
	c.Note("encoders run on %s: %s", found, found.Path())
	return found, func() { _ = found.Close() }, nil
}
