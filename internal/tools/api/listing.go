package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/constant"
	"go/format"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// list writes a package's exported API as Go: constants, variables and
// functions, then each type with its methods.
func list(p *types.Package) ([]byte, error) {
	l := &lister{pkg: p, imports: map[string]*types.Package{}}
	var kinds [4]strings.Builder // const, var, func, type
	for _, name := range l.names() {
		switch o := p.Scope().Lookup(name).(type) {
		case *types.Const:
			fmt.Fprintf(&kinds[0], "const %s%s = %s\n", name, l.constType(o), literal(o.Val()))
		case *types.Var:
			fmt.Fprintf(&kinds[1], "var %s %s\n", name, l.typ(o.Type()))
		case *types.Func:
			fmt.Fprintf(&kinds[2], "func %s%s\n", name, l.signature(o))
		case *types.TypeName:
			kinds[3].WriteString(l.typeDecl(o))
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s // import %q\n\n%s\n", p.Name(), p.Path(), l.importDecls())
	for i := range kinds {
		fmt.Fprintf(&b, "%s\n", kinds[i].String())
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the listing is no Go, which is a fault of this tool: %w\n%s", err, b.Bytes())
	}
	return text, nil
}

type lister struct {
	pkg     *types.Package
	imports map[string]*types.Package // by the name used here
}

// names are the exported names, and the unexported types that they show.
func (l *lister) names() []string {
	var shown reach
	for _, name := range l.pkg.Scope().Names() {
		if o := l.pkg.Scope().Lookup(name); o.Exported() {
			shown.object(o)
		}
	}
	return sorted(shown.names(l.pkg))
}

func (l *lister) typ(t types.Type) string { return types.TypeString(t, l.qualify) }

// qualify names an imported package, with a number where the name is taken.
func (l *lister) qualify(p *types.Package) string {
	if p == l.pkg {
		return ""
	}
	for i := 1; ; i++ {
		name := p.Name()
		if i > 1 {
			name += strconv.Itoa(i)
		}
		if other := l.imports[name]; l.pkg.Scope().Lookup(name) == nil && (other == nil || other == p) {
			l.imports[name] = p
			return name
		}
	}
}

func (l *lister) importDecls() string {
	var b strings.Builder
	byPath := func(a, b string) int { return cmp.Compare(l.imports[a].Path(), l.imports[b].Path()) }
	for _, name := range slices.SortedFunc(maps.Keys(l.imports), byPath) {
		p := l.imports[name]
		if name == p.Name() {
			name = ""
		}
		fmt.Fprintf(&b, "import %s %q\n", name, p.Path())
	}
	return b.String()
}

func (l *lister) constType(c *types.Const) string {
	if b, ok := c.Type().(*types.Basic); ok && b.Info()&types.IsUntyped != 0 {
		return ""
	}
	return " " + l.typ(c.Type())
}

// literal is a constant as Go writes it: exact, but for fractions.
func literal(v constant.Value) string {
	if v.Kind() == constant.Float {
		f, _ := constant.Float64Val(v)
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return v.ExactString()
}

// invented are the names that the compiler's export data gives to results
// without one.
var invented = regexp.MustCompile(`#rv\d+ `)

func (l *lister) signature(f *types.Func) string {
	return invented.ReplaceAllString(strings.TrimPrefix(l.typ(f.Type()), "func"), "")
}

func (l *lister) typeDecl(o *types.TypeName) string {
	if o.IsAlias() {
		t := o.Type()
		if a, ok := t.(*types.Alias); ok {
			t = a.Rhs()
		}
		return fmt.Sprintf("type %s = %s\n\n", o.Name(), l.typ(t))
	}
	named := o.Type().(*types.Named)
	var b strings.Builder
	fmt.Fprintf(&b, "type %s%s %s\n", o.Name(), l.typeParams(named), l.underlying(named))
	for _, m := range methods(named) {
		fmt.Fprintf(&b, "func (%s) %s%s\n", l.typ(m.Signature().Recv().Type()), m.Name(), l.signature(m))
	}
	return b.String() + "\n"
}

// methods are the exported methods, by name.
func methods(named *types.Named) []*types.Func {
	var exported []*types.Func
	for m := range named.Methods() {
		if m.Exported() {
			exported = append(exported, m)
		}
	}
	slices.SortFunc(exported, func(a, b *types.Func) int { return cmp.Compare(a.Name(), b.Name()) })
	return exported
}

func (l *lister) typeParams(named *types.Named) string {
	var params []string
	for p := range named.TypeParams().TypeParams() {
		params = append(params, p.Obj().Name()+" "+l.typ(p.Constraint()))
	}
	if params == nil {
		return ""
	}
	return "[" + strings.Join(params, ", ") + "]"
}

// underlying writes a struct without its unexported fields. What users can tell
// of those stays: that there are some, and whether values can be compared.
func (l *lister) underlying(named *types.Named) string {
	s, ok := named.Underlying().(*types.Struct)
	if !ok {
		return l.typ(named.Underlying())
	}
	var b strings.Builder
	b.WriteString("struct {\n")
	hidden := false
	for f := range s.Fields() {
		switch {
		case f.Embedded():
			fmt.Fprintf(&b, "%s\n", l.typ(f.Type()))
		case f.Exported():
			fmt.Fprintf(&b, "%s %s\n", f.Name(), l.typ(f.Type()))
		default:
			hidden = true
		}
	}
	if hidden && types.Comparable(s) {
		b.WriteString("_ struct{} // unexported fields\n")
	} else if hidden {
		b.WriteString("_ []struct{} // unexported fields\n")
	}
	return b.String() + "}"
}

func sorted(names []string) []string { slices.Sort(names); return names }
