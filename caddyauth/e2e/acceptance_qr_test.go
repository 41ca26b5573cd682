package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/pquerna/otp"
)

// The reader reads what another program draws, in every version and mask that
// come up.
func TestReadQR(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		want := strings.Repeat("otpauth://", 20)[:1+n]
		key, err := otp.NewKeyFromURL(want)
		if err != nil {
			t.Fatal(err)
		}
		img, err := key.Image(200, 200)
		if err != nil {
			t.Fatal(err)
		}
		var picture bytes.Buffer
		if err := png.Encode(&picture, img); err != nil {
			t.Fatal(err)
		}
		if got, err := readQR(picture.Bytes()); got != want || err != nil {
			t.Errorf("%d signs: %q, %v", len(want), got, err)
		}
	}
}

// readQR reads a QR code (ISO/IEC 18004) from a picture, as the camera of a phone
// does that is held straight: byte mode, error correction level M, which is not
// needed, and versions up to 10.
func readQR(picture []byte) (string, error) {
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", err
	}
	code, err := sampleQR(img)
	if err != nil {
		return "", err
	}
	version := (len(code) - 17) / 4
	if version < 1 || version >= len(qrVersions) || len(code) != 17+4*version {
		return "", fmt.Errorf("a code of %d modules", len(code))
	}
	if !code[8][0] || code[8][1] {
		return "", fmt.Errorf("the error correction is not of level M")
	}
	return code.text(version), nil
}

// qrVersions has the positions of alignment patterns, and the data words of each
// block at level M, by version.
var qrVersions = [...]struct{ alignment, blocks []int }{
	1: {nil, []int{16}}, 2: {[]int{6, 18}, []int{28}}, 3: {[]int{6, 22}, []int{44}}, 4: {[]int{6, 26}, []int{32, 32}},
	5: {[]int{6, 30}, []int{43, 43}}, 6: {[]int{6, 34}, []int{27, 27, 27, 27}}, 7: {[]int{6, 22, 38}, []int{31, 31, 31, 31}},
	8: {[]int{6, 24, 42}, []int{38, 38, 39, 39}}, 9: {[]int{6, 26, 46}, []int{36, 36, 36, 37, 37}}, 10: {[]int{6, 28, 50}, []int{43, 43, 43, 43, 44}},
}

// A qrGrid tells which modules are dark, by row and column.
type qrGrid [][]bool

// sampleQR finds the code between its outermost dark pixels. The dark run at the
// corner is the top of a finder pattern, which is seven modules wide.
func sampleQR(img image.Image) (qrGrid, error) {
	dark := func(x, y int) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		return r+g+b < 3*0x8000
	}
	var box image.Rectangle
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if dark(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	run := 0
	for run < box.Dx() && dark(box.Min.X+run, box.Min.Y) {
		run++
	}
	if run < 7 || box.Dx() < 3*run {
		return nil, fmt.Errorf("no QR code in a picture of %v", img.Bounds())
	}
	size := int(math.Round(float64(box.Dx()) / (float64(run) / 7)))
	at := func(start, length, i int) int { return start + int((float64(i)+0.5)*float64(length)/float64(size)) }
	grid := make(qrGrid, size)
	for y := range grid {
		for x := range size {
			grid[y] = append(grid[y], dark(at(box.Min.X, box.Dx(), x), at(box.Min.Y, box.Dy(), y)))
		}
	}
	return grid, nil
}

// text is what the code says.
func (g qrGrid) text(version int) string {
	words := g.words(version)
	blocks := qrVersions[version].blocks
	data := make([][]byte, len(blocks)) // they are interleaved
	for i := range blocks[len(blocks)-1] {
		for b, length := range blocks {
			if i < length {
				data[b], words = append(data[b], words[0]), words[1:]
			}
		}
	}
	all := bytes.Join(data, nil)
	bits := func(from, n int) (value int) {
		for i := from; i < from+n; i++ {
			value = value<<1 | int(all[i/8]>>(7-i%8)&1)
		}
		return value
	}
	counter := 8
	if version > 9 {
		counter = 16
	}
	if mode := bits(0, 4); mode != 4 {
		return fmt.Sprintf("text in mode %d", mode)
	}
	out := make([]byte, min(bits(4, counter), (8*len(all)-4-counter)/8))
	for i := range out {
		out[i] = byte(bits(4+counter+8*i, 8))
	}
	return string(out)
}

// words are all words of the code, read in columns of two from the right, up and
// down, with the mask taken away.
func (g qrGrid) words(version int) []byte {
	masked := qrMasks[bit(!g[8][2])<<2|bit(g[8][3])<<1|bit(!g[8][4])]
	var out []byte
	n, size := 0, len(g)
	for right, up := size-1, true; right > 0; right, up = right-2, !up {
		if right == 6 {
			right-- // the timing pattern has this column
		}
		for i := range size {
			y := i
			if up {
				y = size - 1 - i
			}
			for _, x := range []int{right, right - 1} {
				if g.reserved(version, x, y) {
					continue
				}
				if n%8 == 0 {
					out = append(out, 0)
				}
				out[n/8] = out[n/8]<<1 | byte(bit(g[y][x] != masked(x, y)))
				n++
			}
		}
	}
	return out
}

// reserved tells the modules of patterns from those of data.
func (g qrGrid) reserved(version, x, y int) bool {
	size := len(g)
	switch {
	case x < 9 && y < 9, x < 9 && y >= size-8, x >= size-8 && y < 9, x == 6, y == 6:
		return true
	case version >= 7 && (x < 6 && y >= size-11 || y < 6 && x >= size-11):
		return true
	}
	near := func(n, centre int) bool { return centre-2 <= n && n <= centre+2 }
	last := size - 7
	for _, cy := range qrVersions[version].alignment {
		for _, cx := range qrVersions[version].alignment {
			atFinder := cx == 6 && cy == 6 || cx == 6 && cy == last || cx == last && cy == 6
			if !atFinder && near(x, cx) && near(y, cy) {
				return true
			}
		}
	}
	return false
}

var qrMasks = [...]func(x, y int) bool{
	func(x, y int) bool { return (x+y)%2 == 0 },
	func(_, y int) bool { return y%2 == 0 },
	func(x, _ int) bool { return x%3 == 0 },
	func(x, y int) bool { return (x+y)%3 == 0 },
	func(x, y int) bool { return (x/3+y/2)%2 == 0 },
	func(x, y int) bool { return x*y%2+x*y%3 == 0 },
	func(x, y int) bool { return (x*y%2+x*y%3)%2 == 0 },
	func(x, y int) bool { return ((x+y)%2+x*y%3)%2 == 0 },
}

func bit(set bool) int {
	if set {
		return 1
	}
	return 0
}
