package sbpf

// loadV3 loads an ELF of version 3. One or two program headers after the file header describe it; sections and
// relocations are ignored.
func loadV3(file []byte, h ehdr) (*image, error) {
	if h.machine != emBPF || h.phoff != ehdrSize || h.phnum == 0 || [8]byte(file[8:16]) != [8]byte{} {
		return nil, elfErr("not the strict header that version 3 requires")
	}
	ph, err := h.phdrs(file)
	if err != nil {
		return nil, err
	}
	const pfX, pfR = 1, 4
	want := []struct {
		flags uint32
		addr  uint64
	}{{pfR, RodataStart}, {pfX, TextStart}}
	if ph[0].flags != pfR {
		want = want[1:]
	} else if len(ph) < 2 {
		return nil, elfErr("no program header for byte code")
	}
	off := ehdrSize + uint64(h.phnum)*phdrSize
	for i, w := range want {
		p := ph[i]
		if p.typ != ptLoad || p.flags != w.flags || p.offset != off || p.offset >= uint64(len(file)) ||
			p.vaddr != w.addr || p.paddr != w.addr || p.filesz != p.memsz || p.filesz%InsnSize != 0 ||
			p.filesz > uint64(len(file))-p.offset {
			return nil, elfErr("program header %d is not as version 3 requires", i)
		}
		off += p.filesz
	}
	img := &image{version: V3, textAddr: TextStart}
	code := ph[0]
	if len(want) == 2 {
		img.rodata, code = file[ph[0].offset:ph[0].offset+ph[0].filesz], ph[1]
	}
	img.text = file[code.offset : code.offset+code.filesz]
	entry := h.entry - TextStart
	if h.entry < TextStart || entry%InsnSize != 0 || entry >= code.filesz {
		return nil, elfErr("the entry point is not an instruction")
	}
	img.entry = int(entry / InsnSize)
	return img, nil
}
