package ops

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/decloud-sdk/decloud-go/internal/kernel"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Errors that callers branch on; they come wrapped with the facts.
var (
	// ErrUnsupported means an operator, an attribute or a type that is not
	// implemented.
	ErrUnsupported = errors.New("not supported")
	// ErrLimit means that a result would take more memory or time than the meter
	// allows.
	ErrLimit = errors.New("over the limit")
	// ErrUnknown means that a shape depends on the data of the model's input.
	ErrUnknown = errors.New("depends on the data of the input")
	// ErrInternal means a bug of this package: an operator that panicked.
	ErrInternal = errors.New("internal error")
)

// Meter bounds what a run may cost.
type Meter struct {
	Bytes, MaxBytes float64 // of the values that are alive
	Peak            float64 // the most Bytes so far
	Work, MaxWork   float64 // multiply-adds so far
	// MaxReal, if not 0, bounds the bytes that a trial run computes all in all, of
	// values that do not depend on the data.
	Real, MaxReal float64
	// Arena, if not nil, is where values get their memory from.
	Arena *Arena
}

// Alloc counts memory before it is allocated.
func (m *Meter) Alloc(bytes int) error {
	m.Bytes += float64(bytes)
	m.Peak = max(m.Peak, m.Bytes)
	if m.Bytes > m.MaxBytes {
		return fmt.Errorf("%w: %.0f bytes at once, at most %.0f", ErrLimit, m.Bytes, m.MaxBytes)
	}
	return nil
}

// Call is one call of an operator.
type Call struct {
	Node   *wire.Node
	Opset  int64 // of the node's domain
	In     []*Value
	Out    []*Value
	Meter  *Meter
	Team   *kernel.Team // shares the work, if it is not nil
	unread bool         // this is a trial run: the data of an input are not known
}

// fault is what failf panics with.
type fault struct{ err error }

func (c *Call) fail(err error)                { panic(fault{err}) }
func (c *Call) failf(format string, v ...any) { c.fail(fmt.Errorf(format, v...)) }

// need fails unless ok. A shape of a million numbers is not told to its end.
func (c *Call) need(ok bool, format string, v ...any) {
	if !ok {
		c.failf("%.500s", fmt.Sprintf(format, v...))
	}
}

// Run computes the outputs of a call. Op must be the node's ([Find]).
func Run(op *Op, c *Call) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if f, ok := v.(fault); ok {
				err = f.err
			} else {
				err = fmt.Errorf("%w: %v\n%s", ErrInternal, v, debug.Stack())
			}
			err = fmt.Errorf("node %.60q (%s) on %v: %w", c.Node.Name, c.Node.OpType, c.In, err)
		}
	}()
	c.Out = make([]*Value, max(1, len(c.Node.Outputs)))
	for i, in := range c.In {
		c.unread = c.unread || in != nil && !in.Known
		c.need(in != nil || i >= op.min && op.max != many, "input %d is missing", i)
	}
	c.need(len(c.In) >= op.min, "%d inputs, at least %d", len(c.In), op.min)
	c.need(len(c.In) <= op.max, "%d inputs, at most %d", len(c.In), op.max)
	for _, in := range c.In {
		if in != nil {
			c.empty(in.Shape)
		}
	}
	op.run(c)
	return nil
}

// trial ends the call, if this is a trial run: the outputs have their shapes by now.
func (c *Call) trial() bool { return c.unread }

// in is an input that may be absent.
func (c *Call) in(i int) *Value {
	if i < len(c.In) {
		return c.In[i]
	}
	return nil
}

// wanted reports whether the node has output i.
func (c *Call) wanted(i int) bool { return i < len(c.Node.Outputs) && c.Node.Outputs[i] != "" }

// out makes output i, all zero: its data only if this is no trial run.
func (c *Call) out(i int, t wire.DataType, shape ...int) *Value {
	v, dirty := c.raw(i, t, shape)
	if dirty {
		clear(v.F)
	}
	return v
}

// full makes output i, of which the operator writes every element: it may hold anything
// before.
func (c *Call) full(i int, t wire.DataType, shape ...int) *Value {
	v, _ := c.raw(i, t, shape)
	return v
}

// raw makes output i, which may be dirty.
func (c *Call) raw(i int, t wire.DataType, shape []int) (v *Value, dirty bool) {
	bytes := c.account(t, shape)
	v = &Value{Type: t, Shape: shape, Known: !c.unread, memory: &memory{bytes: bytes}}
	switch {
	case c.unread:
	case t.Floating():
		v.memory.data, dirty = c.Meter.newFloats(v.Size())
		v.F = v.memory.data[:v.Size():v.Size()]
	default:
		v.I = make([]int64, v.Size())
	}
	if i < len(c.Out) {
		c.Out[i] = v
	}
	return v, dirty
}

// account counts the memory of an output, in bytes, and the work of writing it.
func (c *Call) account(t wire.DataType, shape []int) int {
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	if _, _, err := Elements(dims); err != nil {
		c.failf("output: %w", err)
	}
	bytes := (&Value{Type: t, Shape: shape}).Bytes()
	if err := c.Meter.Alloc(bytes); err != nil {
		c.fail(err)
	}
	if m := c.Meter; m.MaxReal > 0 && !c.unread {
		if m.Real += float64(bytes); m.Real > m.MaxReal {
			c.failf("%w: %.0f bytes that do not depend on the data", ErrLimit, m.Real)
		}
	}
	c.work(elementWork * float64(bytes/4))
	c.empty(shape)
	return bytes
}

// empty counts the work of going through a tensor without elements.
func (c *Call) empty(shape []int) {
	if !slices.Contains(shape, 0) {
		return
	}
	rows := 1.0
	for _, d := range shape {
		rows *= float64(max(d, 1))
	}
	c.work(rowWork * rows)
}

// view makes output 0 of data that it shares with an input.
func (c *Call) view(of *Value, shape ...int) {
	c.need(product(shape) == of.Size(), "%v does not hold %d elements", shape, of.Size())
	if of.Size() == 0 {
		c.account(of.Type, shape)
	}
	c.Out[0] = of.reshaped(shape)
}

const (
	// elementWork is the work of an element that is written, in multiply-adds.
	elementWork = 8
	// rowWork is the work of a row without elements.
	rowWork = 512
)

// work counts multiply-adds before they are computed.
func (c *Call) work(n float64) {
	if c.Meter.Work += n; c.Meter.Work > c.Meter.MaxWork {
		c.failf("%w: %.3g multiply-adds, at most %.3g", ErrLimit, c.Meter.Work, c.Meter.MaxWork)
	}
}

// scratch counts memory that lives only during the call.
func (c *Call) scratch(floats int) {
	if err := c.Meter.Alloc(4 * floats); err != nil {
		c.fail(err)
	}
	c.Meter.Bytes -= float64(4 * floats)
}
