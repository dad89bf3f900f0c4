// Package wire reads and writes the protocol buffers of ONNX files (onnx.proto3 of
// ONNX 1.18, IR version 11): the parts that inference needs. It trusts nothing: every
// count is bounded by the bytes that are there, the payload of tensors stays in the
// file's bytes until somebody decodes it, and nested graphs (the bodies of Loop, If
// and Scan) are not looked into, so that nothing recurses.
package wire

import "io"

// Model is a ModelProto.
type Model struct {
	IRVersion int64
	Producer  string
	Opsets    map[string]int64 // by domain; "" is ONNX's own
	Graph     *Graph
	Functions []*Function
}

// Graph is a GraphProto.
type Graph struct {
	Name            string
	Nodes           []*Node
	Initializers    []*Tensor
	Inputs, Outputs []*ValueInfo
	Sparse          bool // it has sparse initializers, which are not read
}

// Function is a FunctionProto: a node type that the model defines itself.
type Function struct {
	Name, Domain, Overload     string
	Inputs, Outputs, Attribute []string
	Defaults                   []*Attribute
	Nodes                      []*Node
	Opsets                     map[string]int64
}

// Node is a NodeProto.
type Node struct {
	Name, OpType, Domain, Overload string
	Inputs, Outputs                []string
	Attributes                     []*Attribute
}

// AttributeType is the kind of value that an attribute holds.
type AttributeType int32

// The attribute types that are read.
const (
	AttrFloat   AttributeType = 1
	AttrInt     AttributeType = 2
	AttrString  AttributeType = 3
	AttrTensor  AttributeType = 4
	AttrGraph   AttributeType = 5
	AttrFloats  AttributeType = 6
	AttrInts    AttributeType = 7
	AttrStrings AttributeType = 8
)

// Attribute is an AttributeProto.
type Attribute struct {
	Name    string
	Type    AttributeType
	Ref     string // in a function: the attribute of the caller that it stands for
	F       float32
	I       int64
	S       string
	T       *Tensor
	Floats  []float32
	Ints    []int64
	Strings []string
}

// Tensor is a TensorProto. Of its payloads only the one is set that the file has.
type Tensor struct {
	Name     string
	Type     DataType
	Dims     []int64
	Raw      []byte   // little endian
	Room     int      // bytes of this tensor's own message in front of Raw
	Later    *Payload // instead of Raw, for writing
	InPlace  bool     // whether Raw may be used as it is, and nobody changes it
	Floats   []float32
	Int32s   []int64 // int32, bool and the bits of float16 and bfloat16
	Int64s   []int64
	Doubles  []float64
	Uint64s  []int64
	Strings  int               // how many strings there are; they are not kept
	External map[string]string // "location", "offset", "length"
}

// Payload is the data of a tensor that is written, made when its turn comes.
type Payload struct {
	Size  int // in bytes, which Write writes
	Write func(w io.Writer) error
}

// ValueInfo is a ValueInfoProto.
type ValueInfo struct {
	Name     string
	Type     DataType // 0 if it is no tensor
	HasShape bool
	Dims     []int64 // −1 for one that the file names or leaves open
}
