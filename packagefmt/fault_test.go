package packagefmt

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// faultyFS fails its n-th operation and no other: Open, Stat, ReadDir or Read.
type faultyFS struct {
	fs.FS
	n     *int
	fault error
}

// fails counts an operation and reports whether it is the one to fail.
func (f faultyFS) fails() bool {
	*f.n--
	return *f.n == 0
}

func (f faultyFS) Open(name string) (fs.File, error) {
	if f.fails() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.fault}
	}
	file, err := f.FS.Open(name)
	if dir, ok := file.(fs.ReadDirFile); ok {
		return faultyDir{faultyFile{dir, f}, dir}, err
	}
	return faultyFile{file, f}, err
}

type faultyFile struct {
	fs.File
	fs faultyFS
}

func (f faultyFile) Stat() (fs.FileInfo, error) {
	if f.fs.fails() {
		return nil, f.fs.fault
	}
	return f.File.Stat()
}

func (f faultyFile) Read(b []byte) (int, error) {
	b = b[:min(len(b), 16<<10)]
	if f.fs.fails() {
		return len(b) / 2, f.fs.fault
	}
	return f.File.Read(b)
}

type faultyDir struct {
	faultyFile
	dir fs.ReadDirFile
}

func (d faultyDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if d.fs.fails() {
		return nil, d.fs.fault
	}
	return d.dir.ReadDir(n)
}

// TestErrorsOfTheFileSystemAreNoVerdict fails each operation in turn: a missing
// block does not make a submission invalid.
func TestErrorsOfTheFileSystemAreNoVerdict(t *testing.T) {
	base, _, _ := buildMNIST(t)
	model, err := base.files()
	require.NoError(t, err)
	gradient, err := gradientFiles(base.Head, base)
	require.NoError(t, err)
	for _, c := range []struct {
		name  string
		files memFS
		read  func(fs.FS) error
		least int // operations
	}{
		{"Read", model, func(f fs.FS) error { _, err := Read(f); return err }, 30},
		{"Verify", model, func(f fs.FS) error { return errors.Join(Verify(f)...) }, 30},
		{"ReadGradient", gradient, func(f fs.FS) error { _, err := ReadGradient(f, base); return err }, 10},
	} {
		for _, fault := range []error{
			syscall.EMFILE, // too many open files
			syscall.EIO,
			fmt.Errorf("block bafk: %w", fs.ErrNotExist), // evicted
			fmt.Errorf("block bafk: %w", io.ErrUnexpectedEOF),
		} {
			at := 1
			for ; ; at++ {
				n := at
				err := c.read(faultyFS{c.files, &n, fault})
				if n > 0 { // there were fewer operations
					require.NoError(t, err)
					break
				}
				require.ErrorIs(t, err, fault, "%s, operation %d", c.name, at)
				require.NotErrorIs(t, err, ErrInvalid, "%s, operation %d", c.name, at)
				require.NotErrorIs(t, err, ErrUnsupported, "%s, operation %d", c.name, at)
			}
			require.Greater(t, at, c.least, c.name)
		}
	}
}

// shortFS declares files longer than they are.
type shortFS struct{ memFS }

func (f shortFS) Open(name string) (fs.File, error) {
	file, err := f.memFS.Open(name)
	if err != nil || name == "." {
		return file, err
	}
	return longFile{file}, nil
}

// longFile is a byte shorter than it says.
type longFile struct{ fs.File }

func (f longFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return longInfo{info}, err
}

type longInfo struct{ fs.FileInfo }

func (i longInfo) Size() int64 { return i.FileInfo.Size() + 1 }

func TestFileThatEndsBeforeItsSize(t *testing.T) {
	base, _, _ := buildMNIST(t)
	gradient, err := gradientFiles(base.Head, base)
	require.NoError(t, err)
	_, err = ReadGradient(shortFS{gradient}, base)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NotErrorIs(t, err, ErrInvalid)
}

// TestContentAndFileSystem: an error of the file system does not hide one of
// the content.
func TestContentAndFileSystem(t *testing.T) {
	base, _, _ := buildMNIST(t)
	model, err := base.files()
	require.NoError(t, err)
	bad := change(t, model, func(m memFS) { delete(m, HeadFile) })
	problems := Verify(faultyOn{bad, EmbeddingsFile})
	require.Len(t, problems, 2)
	require.ErrorIs(t, problems[0], ErrInvalid)
	require.ErrorIs(t, problems[1], syscall.EIO)
	require.NotErrorIs(t, problems[1], ErrInvalid)
}

// faultyOn cannot open one file.
type faultyOn struct {
	memFS
	name string
}

func (f faultyOn) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, syscall.EIO
	}
	return f.memFS.Open(name)
}

func TestPackageMustBeADirectory(t *testing.T) {
	base, _, _ := buildMNIST(t)
	_, err := ReadGradient(oneFile{memFS{"x": nil}}, base)
	require.ErrorIs(t, err, ErrInvalid)
	_, err = Read(oneFile{memFS{"x": nil}})
	require.ErrorIs(t, err, ErrInvalid)
}

// oneFile is what the CID of a file gives: a root that is not a directory.
type oneFile struct{ memFS }

func (f oneFile) Open(name string) (fs.File, error) {
	if name == "." {
		return f.memFS.Open("x")
	}
	return f.memFS.Open(name)
}
