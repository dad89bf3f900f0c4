package pickle

import "fmt"

// Opcodes, by the names of CPython's pickle.py.
const (
	opMark, opStop, opPop, opPopMark, opDup                              = '(', '.', '0', '1', '2'
	opFloat, opBinFloat, opInt, opBinInt, opBinInt1, opBinInt2           = 'F', 'G', 'I', 'J', 'K', 'M'
	opLong, opLong1, opLong4                                             = 'L', 0x8a, 0x8b
	opNone, opNewTrue, opNewFalse                                        = 'N', 0x88, 0x89
	opPersID, opBinPersID, opReduce, opBuild, opGlobal, opStackGlobal    = 'P', 'Q', 'R', 'b', 'c', 0x93
	opInst, opObj, opNewObj, opNewObjEx                                  = 'i', 'o', 0x81, 0x92
	opString, opBinString, opShortBinString                              = 'S', 'T', 'U'
	opUnicode, opBinUnicode, opShortBinUnicode, opBinUnicode8            = 'V', 'X', 0x8c, 0x8d
	opBinBytes, opShortBinBytes, opBinBytes8, opByteArray8               = 'B', 'C', 0x8e, 0x96
	opAppend, opAppends, opSetItem, opSetItems, opAddItems               = 'a', 'e', 's', 'u', 0x90
	opDict, opEmptyDict, opList, opEmptyList, opEmptySet, opFrozenSet    = 'd', '}', 'l', ']', 0x8f, 0x91
	opTuple, opEmptyTuple, opTuple1, opTuple2, opTuple3                  = 't', ')', 0x85, 0x86, 0x87
	opGet, opBinGet, opLongBinGet, opPut, opBinPut, opLongBinPut, opMemo = 'g', 'h', 'j', 'p', 'q', 'r', 0x94
	opProto, opFrame                                                     = 0x80, 0x95
)

// step runs one opcode.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		if v, err := m.byte(); err != nil || v > 5 {
			return fmt.Errorf("%w: protocol %d", ErrFormat, v)
		}
		return nil
	case opFrame:
		_, err := m.uint(8) // only a hint for buffering
		return err
	case opMark:
		m.marks = append(m.marks, len(m.stack))
		return nil
	case opPop:
		if n := len(m.marks); n > 0 && m.marks[n-1] == len(m.stack) { // POP may take a mark
			m.marks = m.marks[:n-1]
			return nil
		}
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := peek[any](m)
		if err != nil {
			return err
		}
		m.push(v)
		return nil
	case opGet, opBinGet, opLongBinGet, opPut, opBinPut, opLongBinPut, opMemo:
		return m.memoOp(op)
	case opGlobal, opStackGlobal, opReduce, opNewObj, opNewObjEx, opBuild, opPersID, opBinPersID:
		return m.objectOp(op)
	case opAppend, opAppends, opSetItem, opSetItems, opAddItems:
		return m.fillOp(op)
	case opInst, opObj:
		return fmt.Errorf("%w: instance of a Python 2 class", ErrFormat)
	}
	v, err := m.literal(op)
	if err != nil {
		return err
	}
	m.push(v)
	return nil
}

func (m *machine) memoOp(op byte) error {
	var key uint64
	var err error
	switch op {
	case opBinGet, opBinPut:
		key, err = m.uint(1)
	case opLongBinGet, opLongBinPut:
		key, err = m.uint(4)
	case opGet, opPut:
		key, err = m.decimal()
	case opMemo:
		key = uint64(len(m.memo))
	}
	if err != nil {
		return err
	}
	if op == opGet || op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[key]
		if !ok {
			return fmt.Errorf("%w: memo %d was never set", ErrFormat, key)
		}
		m.push(v)
		return nil
	}
	v, err := peek[any](m)
	if err != nil {
		return err
	}
	if m.memo == nil {
		m.memo = map[uint64]any{}
	}
	m.memo[key] = v
	return nil
}

// fillOp adds the items on the stack to the container below them.
func (m *machine) fillOp(op byte) error {
	var items Tuple
	var err error
	switch op {
	case opAppend:
		items, err = m.popN(1)
	case opSetItem:
		items, err = m.popN(2)
	default:
		items, err = m.popMark()
	}
	if err != nil {
		return err
	}
	if op == opSetItem || op == opSetItems {
		target, err := peek[any](m)
		if err != nil {
			return err
		}
		switch t := target.(type) {
		case *Dict:
			return t.fill(items)
		case *Object: // of a class that is a dictionary, too
			return nil
		}
		return fmt.Errorf("%w: items set in a %T", ErrFormat, target)
	}
	target, err := peek[any](m)
	if err != nil {
		return err
	}
	switch t := target.(type) {
	case *Object: // of a class that is a list or a set, too
	case *List:
		t.Items = append(t.Items, items...)
	case *Set:
		t.Items = append(t.Items, items...)
	default:
		return fmt.Errorf("%w: items added to %T", ErrFormat, target)
	}
	return nil
}

func (d *Dict) fill(pairs Tuple) error {
	if len(pairs)%2 != 0 {
		return fmt.Errorf("%w: key without value", ErrFormat)
	}
	for i := 0; i < len(pairs); i += 2 {
		d.Set(pairs[i], pairs[i+1])
	}
	return nil
}
