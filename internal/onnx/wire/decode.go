package wire

import "fmt"

// maxDims bounds the dimensions of a tensor.
const maxDims = 32

// Decode reads a ModelProto. Tensors keep parts of b.
func Decode(b []byte) (*Model, error) {
	m := &Model{Opsets: map[string]int64{}}
	err := root(b, func(f field) error {
		switch f.num {
		case 1:
			return f.int(&m.IRVersion)
		case 2:
			return f.string(&m.Producer)
		case 7:
			if m.Graph != nil {
				return fmt.Errorf("%w: two graphs", ErrMalformed)
			}
			m.Graph = &Graph{}
			return f.message(m.Graph.field)
		case 8:
			return opset(f, m.Opsets)
		case 25:
			fn := &Function{Opsets: map[string]int64{}}
			m.Functions = append(m.Functions, fn)
			return f.message(fn.field)
		}
		return nil
	})
	if err == nil && (m.Graph == nil || len(m.Opsets) == 0) {
		err = fmt.Errorf("%w: no graph or no operator set in it", ErrMalformed)
	}
	if err == nil {
		err = m.Graph.noReferences()
	}
	return m, err
}

// noReferences checks that no attribute stands for one of a function's, as only those in functions may.
func (g *Graph) noReferences() error {
	for _, n := range g.Nodes {
		for _, a := range n.Attributes {
			if a.Ref != "" {
				return fmt.Errorf("%w: attribute %.60q of node %.60q refers to a function's, and is in none", ErrMalformed, a.Name, n.Name)
			}
		}
	}
	return nil
}

func opset(f field, to map[string]int64) error {
	var domain string
	var version int64
	err := f.message(func(f field) error {
		switch f.num {
		case 1:
			return f.string(&domain)
		case 2:
			return f.int(&version)
		}
		return nil
	})
	if domain == "ai.onnx" {
		domain = ""
	}
	if err == nil {
		if old, ok := to[domain]; ok && old != version { // skl2onnx names one twice
			return fmt.Errorf("%w: two versions of the operators of domain %.60q", ErrMalformed, domain)
		}
		to[domain] = version
	}
	return err
}

func (g *Graph) field(f field) error {
	switch f.num {
	case 1:
		return appendNode(f, &g.Nodes)
	case 2:
		return f.string(&g.Name)
	case 5:
		t := &Tensor{}
		g.Initializers = append(g.Initializers, t)
		return t.decode(f)
	case 11:
		return appendInfo(f, &g.Inputs)
	case 12:
		return appendInfo(f, &g.Outputs)
	case 15:
		g.Sparse = true
	}
	return nil
}

func appendNode(f field, to *[]*Node) error {
	n := &Node{}
	*to = append(*to, n)
	return f.message(n.field)
}

func (n *Node) field(f field) error {
	switch f.num {
	case 1:
		return f.appendString(&n.Inputs)
	case 2:
		return f.appendString(&n.Outputs)
	case 3:
		return f.string(&n.Name)
	case 4:
		return f.string(&n.OpType)
	case 5:
		return appendAttribute(f, &n.Attributes)
	case 7:
		err := f.string(&n.Domain)
		if n.Domain == "ai.onnx" {
			n.Domain = ""
		}
		return err
	case 8:
		return f.string(&n.Overload)
	}
	return nil
}

func (fn *Function) field(f field) error {
	switch f.num {
	case 1:
		return f.string(&fn.Name)
	case 4:
		return f.appendString(&fn.Inputs)
	case 5:
		return f.appendString(&fn.Outputs)
	case 6:
		return f.appendString(&fn.Attribute)
	case 7:
		return appendNode(f, &fn.Nodes)
	case 9:
		return opset(f, fn.Opsets)
	case 10:
		return f.string(&fn.Domain)
	case 11:
		return appendAttribute(f, &fn.Defaults)
	case 13:
		return f.string(&fn.Overload)
	}
	return nil
}

func appendAttribute(f field, to *[]*Attribute) error {
	a := &Attribute{}
	*to = append(*to, a)
	err := f.message(a.field)
	if err == nil && a.Type == 0 {
		a.guessType()
	}
	if err == nil && a.Type == AttrTensor && a.T == nil && a.Ref == "" {
		err = fmt.Errorf("%w: attribute %.60q should be a tensor, and has none", ErrMalformed, a.Name)
	}
	return err
}

func (a *Attribute) field(f field) error {
	switch f.num {
	case 1:
		return f.string(&a.Name)
	case 2:
		return f.float(&a.F)
	case 3:
		return f.int(&a.I)
	case 4:
		return f.string(&a.S)
	case 5:
		a.T = &Tensor{}
		return a.T.decode(f)
	case 6:
		a.Type = AttrGraph
	case 7:
		return f.floats(&a.Floats)
	case 8:
		return f.ints(&a.Ints)
	case 9:
		return f.appendString(&a.Strings)
	case 20:
		var t int64
		err := f.int(&t)
		a.Type = AttributeType(t)
		return err
	case 21:
		return f.string(&a.Ref)
	}
	return nil
}

// guessType fills in the type that files of the first IR versions leave out.
func (a *Attribute) guessType() {
	switch {
	case a.T != nil:
		a.Type = AttrTensor
	case a.Floats != nil:
		a.Type = AttrFloats
	case a.Ints != nil:
		a.Type = AttrInts
	case a.Strings != nil:
		a.Type = AttrStrings
	case a.S != "":
		a.Type = AttrString
	case a.F != 0:
		a.Type = AttrFloat
	default:
		a.Type = AttrInt
	}
}
