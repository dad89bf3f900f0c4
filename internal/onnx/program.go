package onnx

import (
	"fmt"

	"github.com/decloud-sdk/decloud-go/internal/onnx/ops"
	"github.com/decloud-sdk/decloud-go/internal/onnx/wire"
)

// Errors that callers branch on; they come wrapped with the facts.
var (
	// ErrMalformed means a file that contradicts itself or the format.
	ErrMalformed = wire.ErrMalformed
	// ErrUnsupported means something that ONNX has and this package does not
	// implement.
	ErrUnsupported = ops.ErrUnsupported
	// ErrLimit means a graph that would take more time or memory than allowed.
	ErrLimit = ops.ErrLimit
	// ErrInternal means a bug of the operators.
	ErrInternal = ops.ErrInternal
)

// Program is a graph that can be run. Values are numbered; it has one input, whose
// first dimension is the batch, and one output. It does not change, and may be run
// from several goroutines at once.
type Program struct {
	nodes  []node
	names  []string     // of the values
	consts []*ops.Value // by value; nil for one that is computed
	input  Input
	output int
	opset  int64
	ml     int64
	last   []int // by value: the last node that takes it
	// Derived names inputs of the file that are computed from the first.
	Derived []string
}

// node is one call of an operator. Values that are absent are −1.
type node struct {
	*wire.Node
	op      *ops.Op
	opset   int64
	in, out []int
}

// Input is what a program takes.
type Input struct {
	Name string
	Type wire.DataType
	// Dims are the sizes that the file says, −1 for one that it leaves open; nil if
	// it says nothing. The first is the batch.
	Dims  []int
	value int
}

// Input describes the program's input.
func (p *Program) Input() Input { return p.input }

// Output is the name of the program's output.
func (p *Program) Output() string { return p.names[p.output] }

// Single reports whether samples have to be run one by one: the file fixes the batch.
func (p *Program) Single() bool { return len(p.input.Dims) > 0 && p.input.Dims[0] == 1 }

// Nodes is the number of nodes.
func (p *Program) Nodes() int { return len(p.nodes) }

// plan finds out when each value is used last.
func (p *Program) plan() {
	p.last = make([]int, len(p.names))
	for v := range p.last {
		p.last[v] = -1
	}
	for i, nd := range p.nodes {
		for _, v := range nd.in {
			if v >= 0 {
				p.last[v] = i
			}
		}
	}
	p.last[p.output] = len(p.nodes)
}

// errorf says which node is meant.
func (nd *node) errorf(format string, v ...any) error {
	return fmt.Errorf("node %.60q (%s): %w", nd.Name, nd.OpType, fmt.Errorf(format, v...))
}

// prune drops the nodes that the output does not need, and the constants of no node.
func (p *Program) prune() {
	used := make([]bool, len(p.names))
	used[p.output] = true
	kept := make([]node, 0, len(p.nodes))
	for i := len(p.nodes) - 1; i >= 0; i-- {
		nd := p.nodes[i]
		wanted := false
		for _, v := range nd.out {
			wanted = wanted || v >= 0 && used[v] && p.consts[v] == nil
		}
		if !wanted {
			continue
		}
		for _, v := range nd.in {
			if v >= 0 {
				used[v] = true
			}
		}
		kept = append(kept, nd)
	}
	for i, j := 0, len(kept)-1; i < j; i, j = i+1, j-1 {
		kept[i], kept[j] = kept[j], kept[i]
	}
	p.nodes = kept
	for v := range p.consts {
		if !used[v] {
			p.consts[v] = nil
		}
	}
	p.plan()
}
