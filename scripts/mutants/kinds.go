package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

var (
	statements  = &kind{"statement", statementSites, false}
	conditions  = &kind{"condition", conditionSites, false}
	comparisons = &kind{"comparison", comparisonSites, false}
	elements    = &kind{"element", elementSites, false}
	calls       = &kind{"call", zeroSites, false}
	wrapped     = &kind{"call", wrapSites, false}
	folds       = &kind{"call of EqualFold", foldSites, true}
	expressions = &kind{"expression", expressionSites, true}
	bodies      = &kind{"body", bodySites, true}
)

// statementSites are the statements of every block. The removed code stays as dead code, so that variables and
// imports stay used.
func statementSites(_ edit, d declared) (all []site) {
	for _, list := range d.lists() {
		for _, s := range list {
			all = append(all, site{at: s.Pos(), end: s.End(), text: "if false {\n" + d.text(s) + "\n}"})
		}
	}
	return all
}

// lists are the lists of statements in the declaration.
func (d declared) lists() (all [][]ast.Stmt) {
	ast.Inspect(d.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			if !slices.ContainsFunc(n.List, isClause) {
				all = append(all, n.List)
			}
		case *ast.CaseClause:
			all = append(all, n.Body)
		case *ast.CommClause:
			all = append(all, n.Body)
		}
		return true
	})
	return all
}

// isClause reports whether a statement is a part of a switch or a select, and no statement by itself.
func isClause(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// zeroSites are the calls. A generic function replaces the call; the compiler infers its types.
func zeroSites(_ edit, d declared) (all []site) {
	results := d.results()
	for _, c := range d.calls() {
		count, known := results[c]
		if !known {
			count = 1
		}
		text := fmt.Sprintf("zeroOf(%s, %s)", d.text(c.Fun), d.between(c.Lparen+1, c.Rparen))
		stands := insertion{d.file.FileEnd, zeroOf(len(c.Args), count, c.Ellipsis.IsValid())}
		all = append(all, site{c.Pos(), c.End(), text, []insertion{stands}, callee(c)})
	}
	return all
}

// wrapSites are the calls, each inside other code.
func wrapSites(e edit, d declared) (all []site) {
	for _, c := range d.calls() {
		all = append(all, site{at: c.Pos(), end: c.End(), text: strings.ReplaceAll(e.with, "$call", d.text(c)), calls: callee(c)})
	}
	return all
}

// foldSites are comparisons without case. The ones with case use package strings too, which may have no other use.
func foldSites(_ edit, d declared) (all []site) {
	for _, c := range d.calls() {
		if is(callee(c), "strings.EqualFold") {
			all = append(all, site{at: c.Pos(), end: c.End(), text: "(strings.Compare" + d.between(c.Lparen, c.End()) + " == 0)"})
		}
	}
	return all
}

func (d declared) calls() (all []*ast.CallExpr) {
	ast.Inspect(d.node, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			all = append(all, c)
		}
		return true
	})
	return all
}

func callee(c *ast.CallExpr) ast.Expr {
	if generic, ok := c.Fun.(*ast.IndexExpr); ok {
		return generic.X
	}
	return c.Fun
}

// zeroOf is the source of the function that stands in for one with so many arguments and results.
func zeroOf(arguments, results int, variadic bool) string {
	var types, takes, gives, named []string
	for i := range arguments {
		types = append(types, fmt.Sprintf("A%d", i))
		takes = append(takes, fmt.Sprintf("A%d", i))
	}
	if variadic {
		takes[arguments-1] = "..." + takes[arguments-1]
	}
	for i := range results {
		types = append(types, fmt.Sprintf("R%d", i))
		gives = append(gives, fmt.Sprintf("R%d", i))
		named = append(named, fmt.Sprintf("r%d R%d", i, i))
	}
	parameters := ""
	if len(types) > 0 {
		parameters = "[" + strings.Join(types, ", ") + " any]"
	}
	arguable := strings.Repeat(", _ any", arguments)
	return fmt.Sprintf("\nfunc zeroOf%s(_ func(%s) (%s)%s) (%s) { return }\n",
		parameters, strings.Join(takes, ", "), strings.Join(gives, ", "), arguable, strings.Join(named, ", "))
}

// results says how many results the calls have that do not stand in an expression.
func (d declared) results() map[ast.Expr]int {
	all := map[ast.Expr]int{}
	d.functions(func(of *ast.FuncType, body *ast.BlockStmt) {
		ast.Inspect(body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ExprStmt:
				all[n.X] = 0
			case *ast.AssignStmt:
				if len(n.Rhs) == 1 {
					all[n.Rhs[0]] = len(n.Lhs)
				}
			case *ast.ReturnStmt:
				if len(n.Results) == 1 {
					all[n.Results[0]] = of.Results.NumFields()
				}
			}
			return true
		})
	})
	return all
}

// functions visits the function of the declaration and the literals in it.
func (d declared) functions(visit func(*ast.FuncType, *ast.BlockStmt)) {
	ast.Inspect(d.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			visit(n.Type, n.Body)
		case *ast.FuncLit:
			visit(n.Type, n.Body)
		}
		return true
	})
}

// conditionSites are what is true or false. A negation counts as one with what it negates.
func conditionSites(e edit, d declared) (all []site) {
	add := func(x ast.Expr) {
		if x == nil || slices.ContainsFunc(all, func(s site) bool { return s.at == x.Pos() && s.end == x.End() }) {
			return
		}
		all = append(all, site{at: x.Pos(), end: x.End(), text: "(" + e.with + "(" + d.text(x) + "))"})
	}
	ast.Inspect(d.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			add(n.Cond)
		case *ast.ForStmt:
			add(n.Cond)
		case *ast.SwitchStmt:
			for _, c := range n.Body.List {
				if n.Tag != nil {
					break
				}
				for _, x := range c.(*ast.CaseClause).List {
					add(x)
				}
			}
		case *ast.BinaryExpr:
			switch n.Op {
			case token.LAND, token.LOR:
				add(n)
				add(n.X)
				add(n.Y)
			case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
				add(n)
			}
		}
		return true
	})
	d.functions(func(of *ast.FuncType, body *ast.BlockStmt) {
		for _, x := range returned(of, body) {
			add(x)
		}
	})
	return all
}

// returned are the expressions that a function returns as a bool.
func returned(of *ast.FuncType, body *ast.BlockStmt) (all []ast.Expr) {
	var results []string
	if of.Results != nil {
		for _, field := range of.Results.List {
			results = append(results, slices.Repeat([]string{types.ExprString(field.Type)}, max(1, len(field.Names)))...)
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == len(results) {
			for i, x := range r.Results {
				if results[i] == "bool" {
					all = append(all, x)
				}
			}
		}
		_, nested := n.(*ast.FuncLit)
		return !nested
	})
	return all
}

// comparisonSites are comparisons by size or by time.
func comparisonSites(_ edit, d declared) (all []site) {
	other := map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}
	ast.Inspect(d.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if op, ok := other[n.Op]; ok {
				all = append(all, site{at: n.Pos(), end: n.End(), text: d.text(n.X) + op + d.text(n.Y)})
			}
		case *ast.CallExpr:
			s, ok := n.Fun.(*ast.SelectorExpr)
			if ok && len(n.Args) == 1 && (s.Sel.Name == "Before" || s.Sel.Name == "After") {
				all = append(all, site{at: n.Pos(), end: n.End(), text: fmt.Sprintf("!(%s).%s(%s)", d.text(n.Args[0]), s.Sel.Name, d.text(s.X))})
			}
		}
		return true
	})
	return all
}

// expressionSites are those that say the same as the edit's.
func expressionSites(e edit, d declared) (all []site) {
	wanted := e.about
	if x, err := parser.ParseExpr(e.about); err == nil {
		wanted = types.ExprString(x)
	}
	selected := map[ast.Node]bool{} // the right sides of selectors: they are no expressions
	ast.Inspect(d.node, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			selected[s.Sel] = true
		}
		x, ok := n.(ast.Expr)
		if !ok || selected[n] || types.ExprString(x) != wanted {
			return true
		}
		all = append(all, site{at: x.Pos(), end: x.End(), text: e.with})
		return false
	})
	return all
}

// elementSites are the elements of literals, the arguments of calls, and the expressions of cases that have several.
func elementSites(_ edit, d declared) (all []site) {
	add := func(list []ast.Expr, end token.Pos) {
		for i, x := range list {
			s := site{at: x.Pos(), end: x.End()}
			switch {
			case i+1 < len(list): // with the comma that follows
				s.end = list[i+1].Pos()
			case i > 0:
				s.at = list[i-1].End()
			case end.IsValid():
				s.end = end
			}
			s.ahead = d.uses(x)
			all = append(all, s)
		}
	}
	ast.Inspect(d.node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			add(n.Elts, n.Rbrace)
		case *ast.CallExpr:
			add(n.Args, n.Rparen)
		case *ast.CaseClause:
			if len(n.List) > 1 {
				add(n.List, token.NoPos)
			}
		}
		return true
	})
	return all
}

// uses keeps the variables of an expression in use after it is gone.
func (d declared) uses(x ast.Expr) (all []insertion) {
	var in ast.Stmt
	for _, list := range d.lists() {
		for _, s := range list {
			if s.Pos() <= x.Pos() && x.End() <= s.End() && (in == nil || in.Pos() <= s.Pos()) {
				in = s
			}
		}
	}
	ast.Inspect(x, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok && in != nil && id.Obj != nil && id.Obj.Kind == ast.Var && d.node.Pos() < id.Obj.Pos() && id.Obj.Pos() < in.Pos() {
			all = append(all, insertion{in.Pos(), "_ = " + id.Name + "\n"})
		}
		return true
	})
	return all
}

// bodySites is the body of the function.
func bodySites(_ edit, d declared) []site {
	f, ok := d.node.(*ast.FuncDecl)
	if !ok || f.Body == nil {
		return nil
	}
	var b strings.Builder
	var names []string
	if f.Type.Results != nil && len(f.Type.Results.List[0].Names) == 0 {
		for i, field := range f.Type.Results.List {
			names = append(names, fmt.Sprintf("r%d", i))
			fmt.Fprintf(&b, "var r%d %s\n", i, d.text(field.Type))
		}
	}
	at := f.Body.Lbrace + 1
	return []site{{at: at, end: at, text: fmt.Sprintf("\nif true {\n%sreturn %s\n}\n", b.String(), strings.Join(names, ", "))}}
}
