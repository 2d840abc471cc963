package html

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// katexVersion is the version of the package katex of npm that sets the formulas.
const katexVersion = "0.16.22"

// Formula is a formula in TeX.
type Formula struct {
	TeX     string `json:"tex"`
	Display bool   `json:"display"`
}

// Renderer sets formulas as HTML.
type Renderer interface {
	Render(formulas []Formula) ([]string, error)
	CSS() (string, error) // the style sheet of the formulas
}

// node sets formulas with KaTeX, which runs in Node.
type node struct {
	ctx    context.Context
	folder string // of the package katex
}

// Node returns a renderer that runs KaTeX in Node. If folder, that of the package katex, is "", it installs
// the package into the user's cache, unless it is there.
func Node(ctx context.Context, folder string) (Renderer, error) {
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		cache = filepath.Join(cache, "inkstone", "katex-"+katexVersion)
		folder = filepath.Join(cache, "node_modules", "katex")
		if _, err := os.Stat(folder); err != nil {
			npm := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", cache, "katex@"+katexVersion)
			if out, err := npm.CombinedOutput(); err != nil {
				return nil, fmt.Errorf("npm cannot install katex@%s: %w\n%s", katexVersion, err, out)
			}
		}
	}
	path, err := filepath.Abs(folder)
	return &node{ctx, path}, err
}

//go:embed katex.cjs
var script string

// Render sets the formulas.
func (n *node) Render(formulas []Formula) ([]string, error) {
	input, err := json.Marshal(formulas)
	if err != nil {
		return nil, err
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(n.ctx, "node", "-e", script, n.folder)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("node with KaTeX from %s: %w\n%s", n.folder, err, errs.Bytes())
	}
	var list []string
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != len(formulas) {
		return nil, fmt.Errorf("KaTeX returned %d of %d formulas: %v", len(list), len(formulas), err)
	}
	return list, nil
}

var (
	fontFace = regexp.MustCompile(`@font-face\{[^}]*\}`)
	fontURL  = regexp.MustCompile(`url\((fonts/([\w-]+)\.woff2)\)[^;}]*`)
	fonts    = regexp.MustCompile(`^KaTeX_(Main-(Regular|Bold|Italic)|Math-Italic|Size\d-Regular|AMS-Regular)$`)
)

// CSS returns KaTeX's style sheet with the fonts inside that the book needs.
func (n *node) CSS() (string, error) {
	content, err := os.ReadFile(filepath.Join(n.folder, "dist", "katex.min.css"))
	if err != nil {
		return "", err
	}
	css := fontFace.ReplaceAllStringFunc(string(content), func(rule string) string {
		m := fontURL.FindStringSubmatch(rule)
		if m == nil || !fonts.MatchString(m[2]) {
			return ""
		}
		font, e := os.ReadFile(filepath.Join(n.folder, "dist", filepath.FromSlash(m[1])))
		if e != nil {
			err = e
		}
		data := "url(data:font/woff2;base64," + base64.StdEncoding.EncodeToString(font) + ")"
		return strings.Replace(rule, m[0], data, 1)
	})
	return css, err
}
