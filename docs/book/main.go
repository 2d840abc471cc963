// Command book fills, checks and prints the book in the folders en and zh.
//
//	go run ./docs/book                  fill in the numbers and the code, and draw the figures
//	go run ./docs/book 3                print the numbers of chapter 3
//	go run ./docs/book -measure 8       train again what chapter 8 measures, and fill the book
//	go run ./docs/book -html FOLDER     write the book as one HTML file for each language
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"

	"inkstone/docs/book/html"
	"inkstone/internal/atomicfile"
)

//go:generate go run inkstone/docs/book

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "book:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("book", flag.ContinueOnError)
	again := flags.Bool("measure", false, "run the experiments of the chapter again, which takes minutes, and store their results")
	dir := flags.String("data", "", "`folder` with MNIST for -measure; by default where the command train looks")
	folder := flags.String("html", "", "write the book as HTML into this `folder`")
	katex := flags.String("katex", "", "`folder` of the package katex of npm; by default it is installed into the user's cache")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, err := findRoot()
	if err != nil {
		return err
	}
	b, err := open(root)
	if err != nil {
		return err
	}
	switch {
	case *folder != "":
		renderer, err := html.Node(ctx, *katex)
		if err != nil {
			return err
		}
		for _, l := range languages {
			page, err := html.Page(filepath.Join(b.folder, l), l, renderer)
			if err != nil {
				return err
			}
			path := filepath.Join(*folder, html.FileName(l))
			if err := os.MkdirAll(*folder, 0o777); err != nil {
				return err
			}
			if err := atomicfile.WriteBytes(path, page); err != nil {
				return err
			}
			fmt.Fprintf(out, "%s  %d KiB\n", path, len(page)/1024)
		}
		return nil
	case flags.NArg() == 0 && !*again:
		return b.fill()
	case flags.NArg() != 1:
		return errors.New("want the number of one chapter")
	}
	chapter, err := strconv.Atoi(flags.Arg(0))
	if err != nil {
		return fmt.Errorf("%q is not the number of a chapter", flags.Arg(0))
	}
	if *again {
		if err := b.measure(ctx, chapter, *dir, out); err != nil {
			return err
		}
		return b.fill()
	}
	return b.print(chapter, out)
}

// findRoot returns the folder of the module, in which or below which the command runs.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "docs", "book", "main.go")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("this is not a clone of Inkstone: no docs/book/main.go here or above")
		}
		dir = filepath.Dir(dir)
	}
}
