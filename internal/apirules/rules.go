package apirules

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// Check returns a line with the position for each violation of these rules:
//
//   - A package has a comment. So has every exported name, methods of exported types
//     included and fields excluded, and its comment begins with the name.
//   - No exported function or type has type parameters.
//   - No exported interface mentions an internal or an unexported type. Gophernotes
//     could not import its package.
//   - No exported name is an iterator function, and none returns or holds one.
//   - No exported function returns an unexported type, and no exported variable has one.
//     Other packages could not name the type.
//   - No two packages export interfaces of the same name. Gophernotes could not import
//     both packages in one block.
func Check(packages []*Package) []string {
	var broken []string
	definedIn := map[string]string{} // package path by the name of an exported interface
	for _, p := range packages {
		c := &checker{Package: p}
		c.comments()
		scope := p.Types.Scope()
		for _, name := range scope.Names() {
			if o := scope.Lookup(name); o.Exported() {
				c.object(o)
				if _, ok := o.(*types.TypeName); ok && types.IsInterface(o.Type()) {
					if other := definedIn[name]; other != "" {
						c.report(o.Pos(), "interface %s is exported by %s too", name, other)
					}
					definedIn[name] = p.Path
				}
			}
		}
		slices.Sort(c.broken)
		broken = append(broken, c.broken...)
	}
	return broken
}

// checker collects the violations in a package.
type checker struct {
	*Package
	broken []string
}

// report adds a violation at a position.
func (c *checker) report(pos token.Pos, format string, args ...any) {
	c.broken = append(c.broken, fmt.Sprintf("%s: %s", c.Fset.Position(pos), fmt.Sprintf(format, args...)))
}

// comments checks that exported names are documented.
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
							// The comment of a group, or one at the end of a line, need not begin with the name.
							c.comment(name, !d.Lparen.IsValid() && len(s.Names) == 1, s.Doc, s.Comment, d.Doc)
						}
					}
				}
			}
		}
	}
	if !described {
		c.report(c.Files[0].Name.Pos(), "package %s has no comment that begins with %q", c.Types.Name(), "Package "+c.Types.Name())
	}
}

// comment checks that the first comment in groups that is not empty documents a name. If
// named is set, the comment must begin with the name.
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
			c.report(name.Pos(), "the comment of %s begins with %q", name.Name, words[0])
		}
		return
	}
	c.report(name.Pos(), "%s has no comment", name.Name)
}

// receiver returns the name of the type of a receiver, or "".
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

// object checks the type of an exported object of the package.
func (c *checker) object(o types.Object) {
	switch o := o.(type) {
	case *types.Func:
		c.function(o.Name(), o)
	case *types.Var:
		c.value(o.Name(), "is", o.Pos(), o.Type())
	case *types.TypeName:
		c.typeName(o)
	}
}

// typeName checks an exported type, its methods and its fields.
func (c *checker) typeName(o *types.TypeName) {
	if t, ok := o.Type().(interface{ TypeParams() *types.TypeParamList }); ok && t.TypeParams().Len() > 0 {
		c.report(o.Pos(), "type %s has type parameters", o.Name())
		return
	}
	if isIterator(o.Type()) {
		c.report(o.Pos(), "type %s is an iterator function", o.Name())
	}
	methods := types.NewMethodSet(types.NewPointer(o.Type()))
	if i, ok := o.Type().Underlying().(*types.Interface); ok {
		methods = types.NewMethodSet(o.Type())
		if hidden := mentions(i, map[types.Type]bool{}); hidden != nil {
			c.report(o.Pos(), "interface %s mentions %s, which gophernotes cannot import", o.Name(), hidden)
			return
		}
	}
	for m := range methods.Methods() {
		// Methods that are promoted from another package are checked there.
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

// function checks the type parameters and the results of a function.
func (c *checker) function(name string, f *types.Func) {
	s := f.Signature()
	if s.TypeParams().Len() > 0 {
		c.report(f.Pos(), "%s has type parameters", name)
		return
	}
	for r := range s.Results().Variables() {
		c.value(name, "returns", f.Pos(), r.Type())
	}
}

// value checks the type of a variable, a field or a result.
func (c *checker) value(name, verb string, pos token.Pos, t types.Type) {
	if isIterator(t) {
		c.report(pos, "%s %s an iterator function", name, verb)
	}
	if n := element(t); n != nil && n.Pkg() != nil && (!n.Exported() || internal(n.Pkg().Path())) {
		c.report(pos, "%s %s a %s, which other packages cannot name", name, verb, n.Type())
	}
}

// element returns the name of a type or, if t is a pointer, list, map or channel, of its
// innermost element. It returns nil for a type without a name.
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

// isIterator reports whether a type is a function that a range statement accepts.
func isIterator(t types.Type) bool {
	f, ok := t.Underlying().(*types.Signature)
	if !ok || f.Params().Len() != 1 || f.Results().Len() != 0 {
		return false
	}
	yield, ok := f.Params().At(0).Type().Underlying().(*types.Signature)
	return ok && yield.Results().Len() == 1 && types.Identical(yield.Results().At(0).Type(), types.Typ[types.Bool])
}

// mentions returns a type in the signatures of an interface that a package outside the
// module cannot name, or nil. Methods of embedded interfaces count too.
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
