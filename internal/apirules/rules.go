package apirules

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Check lists what in the packages breaks a rule, one line for each, with its place:
//
//   - A package has a comment, and so has every exported name in it, which begins with
//     the name (methods of exported types included, fields not).
//   - No exported function or type has type parameters.
//   - No exported interface mentions an internal or an unexported type: gophernotes
//     could not import its package.
//   - Nothing exported is a function to range over, or returns or holds one.
//   - No exported function returns, and no exported variable has, an unexported type:
//     nobody can write down what it is.
//   - No two packages export an interface of the same name: gophernotes could not
//     import both in one block.
func Check(packages []*Package) []string {
	var broken []string
	home := map[string]string{} // of the exported interfaces
	for _, p := range packages {
		c := &checker{Package: p}
		c.comments()
		scope := p.Types.Scope()
		for _, name := range scope.Names() {
			if o := scope.Lookup(name); o.Exported() {
				c.object(o)
				if _, ok := o.(*types.TypeName); ok && types.IsInterface(o.Type()) {
					if other := home[name]; other != "" {
						c.breaks(o.Pos(), "interface %s is exported by %s too", name, other)
					}
					home[name] = p.Path
				}
			}
		}
		slices.Sort(c.broken)
		broken = append(broken, c.broken...)
	}
	return broken
}

type checker struct {
	*Package
	broken []string
}

func (c *checker) breaks(at token.Pos, format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf("%s: %s", c.Fset.Position(at), fmt.Sprintf(format, args...)))
}

// comments checks that what is exported is documented.
func (c *checker) comments() {
	described := false
	for _, f := range c.Files {
		described = described || strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ")
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))) {
					c.comment(d.Name, true, d.Doc)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						c.comment(s.Name, true, s.Doc, d.Doc)
					case *ast.ValueSpec:
						for _, name := range s.Names {
							// A line behind a constant, or one above its group, need not name it.
							c.comment(name, !d.Lparen.IsValid() && len(s.Names) == 1, s.Doc, s.Comment, d.Doc)
						}
					}
				}
			}
		}
	}
	if !described {
		c.breaks(c.Files[0].Name.Pos(), "package %s has no comment that begins with %q", c.Types.Name(), "Package "+c.Types.Name())
	}
}

func (c *checker) comment(name *ast.Ident, named bool, groups ...*ast.CommentGroup) {
	if !name.IsExported() {
		return
	}
	for _, g := range groups {
		words := strings.Fields(g.Text())
		if len(words) == 0 {
			continue
		}
		if slices.Contains([]string{"A", "An", "The"}, words[0]) && len(words) > 1 {
			words = words[1:]
		}
		if named && strings.TrimRight(words[0], ",.:") != name.Name {
			c.breaks(name.Pos(), "the comment of %s begins with %q", name.Name, words[0])
		}
		return
	}
	c.breaks(name.Pos(), "%s has no comment", name.Name)
}

// receiver is the name of the type that a method belongs to.
func receiver(e ast.Expr) string {
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// object checks a name of the package.
func (c *checker) object(o types.Object) {
	switch o := o.(type) {
	case *types.Func:
		c.function(o.Name(), o)
	case *types.Var:
		c.value(o.Name(), "is", o.Pos(), o.Type())
	case *types.TypeName:
		c.named(o)
	}
}

func (c *checker) named(o *types.TypeName) {
	if t, ok := o.Type().(interface{ TypeParams() *types.TypeParamList }); ok && t.TypeParams().Len() > 0 {
		c.breaks(o.Pos(), "type %s has type parameters", o.Name())
		return
	}
	if iterates(o.Type()) {
		c.breaks(o.Pos(), "type %s is a function to range over", o.Name())
	}
	methods := types.NewMethodSet(types.NewPointer(o.Type()))
	if i, ok := o.Type().Underlying().(*types.Interface); ok {
		methods = types.NewMethodSet(o.Type())
		if hidden := mentions(i, map[types.Type]bool{}); hidden != nil {
			c.breaks(o.Pos(), "interface %s mentions %s, which gophernotes cannot import", o.Name(), hidden)
			return
		}
	}
	for m := range methods.Methods() {
		// Promoted methods of another package are that package's.
		if f := m.Obj().(*types.Func); f.Exported() && f.Pkg() == c.Types {
			c.function(o.Name()+"."+f.Name(), f)
		}
	}
	if s, ok := o.Type().Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			if f.Exported() && !f.Anonymous() {
				c.value(o.Name()+"."+f.Name(), "is", f.Pos(), f.Type())
			}
		}
	}
}

func (c *checker) function(name string, f *types.Func) {
	s := f.Signature()
	if s.TypeParams().Len() > 0 {
		c.breaks(f.Pos(), "%s has type parameters", name)
		return
	}
	for r := range s.Results().Variables() {
		c.value(name, "returns", f.Pos(), r.Type())
	}
}

// value checks the type of something that users get.
func (c *checker) value(name, verb string, at token.Pos, t types.Type) {
	if iterates(t) {
		c.breaks(at, "%s %s a function to range over", name, verb)
	}
	if n := element(t); n != nil && n.Pkg() != nil && (!n.Exported() || internal(n.Pkg().Path())) {
		c.breaks(at, "%s %s a %s, which nobody outside can name", name, verb, n.Type())
	}
}

// element is the name of the type that a pointer leads to or a list is made of, nil if it
// has none.
func element(t types.Type) *types.TypeName {
	for {
		switch u := t.(type) {
		case *types.Named:
			return u.Obj()
		case *types.Alias:
			return u.Obj()
		case interface{ Elem() types.Type }:
			t = u.Elem()
		default:
			return nil
		}
	}
}

// iterates reports whether a range statement takes the type as a function.
func iterates(t types.Type) bool {
	f, ok := t.Underlying().(*types.Signature)
	if !ok || f.Params().Len() != 1 || f.Results().Len() != 0 {
		return false
	}
	yield, ok := f.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Results().Len() == 1 && types.Identical(yield.Results().At(0).Type(), types.Typ[types.Bool])
}

// mentions returns a type in the signatures of an interface that a plugin outside the
// module could not write down, nil if there is none. Interfaces that it embeds under a
// name count too, for their methods are its own.
func mentions(t types.Type, seen map[types.Type]bool) *types.TypeName {
	if seen[t] {
		return nil
	}
	seen[t] = true
	first := func(list ...types.Type) *types.TypeName {
		for _, t := range list {
			if n := mentions(t, seen); n != nil {
				return n
			}
		}
		return nil
	}
	tuple := func(list *types.Tuple) (all []types.Type) {
		for v := range list.Variables() {
			all = append(all, v.Type())
		}
		return all
	}
	switch t := t.(type) {
	case *types.Named:
		if o := t.Obj(); o.Pkg() != nil && (!o.Exported() || internal(o.Pkg().Path())) {
			return o
		}
		return nil
	case *types.Alias:
		return mentions(types.Unalias(t), seen)
	case *types.Interface:
		for m := range t.Methods() {
			if n := mentions(m.Signature(), seen); n != nil {
				return n
			}
		}
		return nil
	case *types.Signature:
		return first(append(tuple(t.Params()), tuple(t.Results())...)...)
	case *types.Map:
		return first(t.Key(), t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if n := mentions(f.Type(), seen); n != nil {
				return n
			}
		}
		return nil
	case interface{ Elem() types.Type }: // pointer, slice, array, channel
		return mentions(t.Elem(), seen)
	}
	return nil
}
