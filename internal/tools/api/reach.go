package main

import "go/types"

// reach collects the named types that exported objects show.
type reach map[*types.TypeName]bool

// names are the exported names of a package and the unexported ones reached.
func (r reach) names(p *types.Package) []string {
	var names []string
	for _, name := range p.Scope().Names() {
		o := p.Scope().Lookup(name)
		if t, ok := o.(*types.TypeName); o.Exported() || (ok && r[t]) {
			names = append(names, name)
		}
	}
	return names
}

func (r *reach) object(o types.Object) {
	if *r == nil {
		*r = reach{}
	}
	t, ok := o.(*types.TypeName)
	if !ok {
		r.typ(o.Type())
		return
	}
	if (*r)[t] {
		return
	}
	(*r)[t] = true
	switch named := t.Type().(type) {
	case *types.Alias:
		r.typ(named.Rhs())
	case *types.Named:
		r.named(named)
	}
}

func (r *reach) named(named *types.Named) {
	r.typ(named.Underlying())
	for _, m := range methods(named) {
		r.typ(m.Type())
	}
	for p := range named.TypeParams().TypeParams() {
		r.typ(p.Constraint())
	}
}

// typ follows what a listing prints of a type. Types of other packages are
// printed by their names alone, and followed all the same: it costs nothing.
func (r *reach) typ(t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		r.object(t.Obj())
	case *types.Named:
		for arg := range t.TypeArgs().Types() {
			r.typ(arg)
		}
		r.object(t.Obj())
	case interface{ Elem() types.Type }: // pointer, slice, array, channel, map
		if m, ok := t.(*types.Map); ok {
			r.typ(m.Key())
		}
		r.typ(t.Elem())
	case *types.Signature:
		r.tuple(t.Params())
		r.tuple(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() || f.Embedded() {
				r.typ(f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			r.typ(m.Type())
		}
	}
}

func (r *reach) tuple(t *types.Tuple) {
	for v := range t.Variables() {
		r.typ(v.Type())
	}
}
