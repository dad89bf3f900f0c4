// Command systems checks the types of every module, tests included, as on other systems, and what vet says about assembly,
// frame pointers, unsafe pointers and build tags there.
//
//	go run ./systems ../.. windows/amd64 darwin/arm64
//
// It reads the sources of all that is imported, so that nothing is compiled for the other system (.ci/cross).
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/analysis/passes/asmdecl"
	"golang.org/x/tools/go/analysis/passes/buildtag"
	"golang.org/x/tools/go/analysis/passes/framepointer"
	"golang.org/x/tools/go/analysis/passes/unsafeptr"
	"golang.org/x/tools/go/packages"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: systems DIR GOOS/GOARCH...")
		os.Exit(2)
	}
	root, err := filepath.Abs(os.Args[1])
	if err == nil {
		err = checkAll(root, os.Args[2:], os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "systems:", err)
		os.Exit(1)
	}
}

// checkAll checks every module of the repository on every system.
func checkAll(root string, systems []string, out io.Writer) error {
	files, err := exec.Command("git", "-C", root, "ls-files", "go.mod", "*/go.mod").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	wrong := 0
	for _, system := range systems {
		goos, goarch, ok := strings.Cut(system, "/")
		if !ok {
			return fmt.Errorf("%q is no system: want GOOS/GOARCH", system)
		}
		for _, file := range strings.Fields(string(files)) {
			found, err := check(filepath.Join(root, path.Dir(file)), goos, goarch)
			if err != nil {
				return fmt.Errorf("%s in %s: %w", system, path.Dir(file), err)
			}
			fmt.Fprintf(out, "%s %s\n", system, path.Dir(file))
			for _, line := range found {
				fmt.Fprintln(out, line)
			}
			wrong += len(found)
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d findings", wrong)
	}
	return nil
}

// analyzers are those of vet whose findings depend on the system.
var analyzers = []*analysis.Analyzer{asmdecl.Analyzer, buildtag.Analyzer, framepointer.Analyzer, unsafeptr.Analyzer}

// check returns what is wrong with the module in a folder.
func check(dir, goos, goarch string) (found []string, err error) {
	pkgs, err := packages.Load(&packages.Config{
		Dir: dir, Mode: packages.LoadAllSyntax, Tests: true, ParseFile: parse(dir),
		Env: append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0"),
	}, "./...")
	if err != nil {
		return nil, err
	}
	if len(pkgs) == 0 {
		return nil, fmt.Errorf("no packages")
	}
	pkgs = slices.DeleteFunc(pkgs, func(p *packages.Package) bool { return strings.HasSuffix(p.PkgPath, ".test") }) // generated
	for _, p := range pkgs {
		for _, e := range p.Errors {
			found = append(found, e.Error())
		}
		p.IllTyped = len(p.Errors) > 0 // whatever those say that it imports, whose functions have no bodies
	}
	graph, err := checker.Analyze(analyzers, pkgs, nil)
	if err != nil || len(found) > 0 {
		return found, err
	}
	for _, action := range graph.Roots {
		if action.Err != nil {
			return nil, action.Err
		}
		for _, d := range action.Diagnostics {
			found = append(found, fmt.Sprintf("%s: %s", action.Package.Fset.Position(d.Pos), d.Message))
		}
	}
	return found, nil
}

// parse parses files; of those outside a folder, which are checked elsewhere, without the bodies of functions.
func parse(dir string) func(*token.FileSet, string, []byte) (*ast.File, error) {
	return func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
		if strings.HasPrefix(name, dir+string(filepath.Separator)) {
			return parser.ParseFile(fset, name, src, parser.AllErrors|parser.ParseComments)
		}
		file, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			return file, err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				f.Body = nil
			}
		}
		return file, nil
	}
}
