package wire

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// DecodeTensor reads a TensorProto by itself, as ONNX's test data are stored.
func DecodeTensor(b []byte) (*Tensor, error) {
	t := &Tensor{}
	return t, root(b, t.field)
}

// decode reads a tensor that is a field of another message.
func (t *Tensor) decode(f field) error {
	err := f.message(t.field)
	if t.Raw != nil {
		t.Room = cap(f.bytes) - cap(t.Raw) // both go on to the file's end
	}
	return err
}

func (t *Tensor) field(f field) error {
	switch f.num {
	case 1:
		if len(f.bytes) > 10*maxDims {
			return fmt.Errorf("%w: a tensor of more than %d dimensions", ErrMalformed, maxDims)
		}
		if err := f.ints(&t.Dims); err != nil {
			return err
		}
		if len(t.Dims) > maxDims {
			return fmt.Errorf("%w: a tensor of more than %d dimensions", ErrMalformed, maxDims)
		}
	case 2:
		var v int64
		err := f.int(&v)
		t.Type = DataType(v)
		return err
	case 3:
		return fmt.Errorf("%w: a tensor in segments", ErrMalformed)
	case 4:
		return f.floats(&t.Floats)
	case 5:
		return f.ints(&t.Int32s)
	case 6:
		t.Strings++
	case 7:
		return f.ints(&t.Int64s)
	case 8:
		return f.string(&t.Name)
	case 9:
		if f.typ != protowire.BytesType {
			return f.wrong()
		}
		t.Raw = f.bytes
	case 10:
		return f.doubles(&t.Doubles)
	case 11:
		return f.ints(&t.Uint64s)
	case 13:
		return t.external(f)
	case 14:
		var where int64
		err := f.int(&where)
		if where == 1 && t.External == nil {
			t.External = map[string]string{}
		}
		return err
	}
	return nil
}

func (t *Tensor) external(f field) error {
	var key, value string
	err := f.message(func(f field) error {
		switch f.num {
		case 1:
			return f.string(&key)
		case 2:
			return f.string(&value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if t.External == nil {
		t.External = map[string]string{}
	}
	if _, ok := t.External[key]; ok || len(t.External) == 16 {
		return fmt.Errorf("%w: tensor %.60q says twice where its external data are", ErrMalformed, t.Name)
	}
	t.External[key] = value
	return nil
}

func appendInfo(f field, to *[]*ValueInfo) error {
	v := &ValueInfo{}
	*to = append(*to, v)
	return f.message(func(f field) error {
		switch f.num {
		case 1:
			return f.string(&v.Name)
		case 2:
			return f.message(v.typeField)
		}
		return nil
	})
}

func (v *ValueInfo) typeField(f field) error {
	if f.num != 1 {
		return nil // a sequence, a map, an optional: no tensor
	}
	return f.message(func(f field) error {
		switch f.num {
		case 1:
			var t int64
			err := f.int(&t)
			v.Type = DataType(t)
			return err
		case 2:
			v.HasShape = true
			return f.message(v.dim)
		}
		return nil
	})
}

func (v *ValueInfo) dim(f field) error {
	if f.num != 1 {
		return nil
	}
	if len(v.Dims) == maxDims {
		return fmt.Errorf("%w: more than %d dimensions", ErrMalformed, maxDims)
	}
	size := int64(-1)
	err := f.message(func(f field) error {
		if f.num == 1 {
			return f.int(&size)
		}
		return nil
	})
	v.Dims = append(v.Dims, size)
	return err
}
