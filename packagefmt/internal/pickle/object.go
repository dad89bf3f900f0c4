package pickle

import (
	"fmt"
	"strings"
)

// objectOp handles the opcodes that name, call and build Python objects,
// without running anything.
func (m *machine) objectOp(op byte) error {
	switch op {
	case opGlobal:
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.global(module, name)
	case opStackGlobal:
		name, err := popAs[string](m)
		if err != nil {
			return err
		}
		module, err := popAs[string](m)
		if err != nil {
			return err
		}
		return m.global(module, name)
	case opReduce:
		return m.reduce()
	case opNewObj, opNewObjEx:
		return m.newObject(op == opNewObjEx)
	case opBuild:
		return m.build()
	case opPersID:
		id, err := m.line()
		if err != nil {
			return err
		}
		return m.persistent(id)
	default: // opBinPersID
		id, err := m.pop()
		if err != nil {
			return err
		}
		return m.persistent(id)
	}
}

func (m *machine) global(module, name string) error {
	g := Global{strings.TrimSuffix(module, "\r"), strings.TrimSuffix(name, "\r")}
	if m.hooks.Allow == nil {
		return fmt.Errorf("%w: it names %.200s, and no names are allowed", ErrFormat, g)
	}
	if err := m.hooks.Allow(g); err != nil {
		return err
	}
	m.push(g)
	return nil
}

func (m *machine) persistent(id any) error {
	if m.hooks.Persistent == nil {
		return fmt.Errorf("%w: it has a persistent ID, and none are allowed", ErrFormat)
	}
	v, err := m.hooks.Persistent(id)
	if err != nil {
		return err
	}
	m.push(v)
	return nil
}

func (m *machine) reduce() error {
	args, err := popAs[Tuple](m)
	if err != nil {
		return err
	}
	class, err := m.class()
	if err != nil {
		return err
	}
	if class == notNamed {
		m.push(&Object{Class: class, Args: args})
		return nil
	}
	v, err := m.call(class, args)
	if err != nil {
		return err
	}
	m.push(v)
	return nil
}

// notNamed is the class of what comes of something other than a name, as an enum's
// value comes of a call of getattr.
var notNamed = Global{Name: "the result of another call"}

// class removes and returns the top of the stack, what is called.
func (m *machine) class() (Global, error) {
	v, err := m.pop()
	if err != nil {
		return Global{}, err
	}
	if g, ok := v.(Global); ok {
		return g, nil
	}
	return notNamed, nil
}

// chargeCopies counts n copied list items. A pickle can copy a list from the
// memo again and again for two bytes each, so all copies together must not
// exceed the input's length; they cannot if every list is used once.
func (m *machine) chargeCopies(n int) error {
	if m.copied += n; m.copied > len(m.in) {
		return fmt.Errorf("%w: the same list is copied too often", ErrFormat)
	}
	return nil
}

// collection is the container of the module collections that a call makes, to be
// filled by the opcodes after it; nil for another call.
func collection(g Global, args Tuple) any {
	if g.Module != "collections" {
		return nil
	}
	switch g.Name {
	case "defaultdict": // the argument is the factory of what is missing
		return &Dict{}
	case "Counter":
		if len(args) == 1 {
			if d, ok := args[0].(*Dict); ok {
				return d
			}
		}
		return &Dict{}
	case "deque": // the items, the most that there may be
		if len(args) > 0 {
			if list, ok := args[0].(*List); ok {
				return list
			}
		}
		return &List{}
	}
	return nil
}

// call builds Python's own containers and leaves every other call to the hook.
func (m *machine) call(g Global, args Tuple) (any, error) {
	if v := collection(g, args); v != nil {
		return v, nil
	}
	switch g {
	case Global{"collections", "OrderedDict"}:
		d := &Dict{}
		for _, a := range args { // none, or one list of [key, value] pairs
			list, ok := a.(*List)
			if !ok || len(args) != 1 {
				return nil, fmt.Errorf("%w: OrderedDict of %T", ErrFormat, a)
			}
			if err := m.chargeCopies(len(list.Items)); err != nil {
				return nil, err
			}
			for _, item := range list.Items {
				pair, ok := item.(*List)
				if !ok || len(pair.Items) != 2 {
					return nil, fmt.Errorf("%w: OrderedDict of %T", ErrFormat, item)
				}
				d.Set(pair.Items[0], pair.Items[1])
			}
		}
		return d, nil
	case Global{"__builtin__", "set"}, Global{"builtins", "set"},
		Global{"__builtin__", "frozenset"}, Global{"builtins", "frozenset"}:
		s := &Set{}
		if len(args) == 1 {
			if list, ok := args[0].(*List); ok {
				if err := m.chargeCopies(len(list.Items)); err != nil {
					return nil, err
				}
				s.Items = append(s.Items, list.Items...)
			}
		}
		return s, nil
	}
	if m.hooks.Call == nil {
		return nil, fmt.Errorf("%w: it calls %.200s, and no calls are allowed", ErrFormat, g)
	}
	return m.hooks.Call(g, args)
}

func (m *machine) newObject(withKeywords bool) error {
	var keywords *Dict
	var err error
	if withKeywords {
		if keywords, err = popAs[*Dict](m); err != nil {
			return err
		}
	}
	args, err := popAs[Tuple](m)
	if err != nil {
		return err
	}
	g, err := m.class()
	if err != nil {
		return err
	}
	if keywords != nil && keywords.Len() > 0 {
		args = append(args[:len(args):len(args)], keywords)
	}
	if g == (Global{"collections", "OrderedDict"}) {
		m.push(&Dict{})
		return nil
	}
	m.push(&Object{Class: g, Args: args})
	return nil
}

// build sets an object's state. The state of a dict (the _metadata of a
// state_dict) or of a deque does not matter here and is dropped.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	target, err := peek[any](m)
	if err != nil {
		return err
	}
	switch t := target.(type) {
	case *Object:
		if t.State != nil {
			return fmt.Errorf("%w: the state of %.200s is set twice", ErrFormat, t.Class)
		}
		t.State = state
	case *Dict, *List:
	default:
		return fmt.Errorf("%w: a state is set on a %T", ErrFormat, target)
	}
	return nil
}
