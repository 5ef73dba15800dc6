package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"runtime"
)

// PauseReference names the image of Pause.
const PauseReference = "cluster.spotguide.dev/pause:1"

// Pause is the image of the container that holds a pod's namespaces. All its
// program does is to wait, so it is written here, instruction by instruction.
func Pause() (Image, error) {
	program, err := pauseProgram(runtime.GOARCH)
	if err != nil {
		return Image{}, err
	}
	return Image{
		Reference:  PauseReference,
		Files:      map[string][]byte{"/pause": program},
		Entrypoint: []string{"/pause"},
	}, nil
}

func pauseProgram(architecture string) ([]byte, error) {
	switch architecture {
	case "amd64":
		return program(elf.EM_X86_64, []byte{
			0xb8, 0x22, 0x00, 0x00, 0x00, // mov eax, 34 (pause)
			0x0f, 0x05, //                    syscall
			0xeb, 0xf7, //                    jmp to the mov
		})
	case "arm64":
		return program(elf.EM_AARCH64, []byte{
			0x00, 0x00, 0x80, 0xd2, // mov x0, 0
			0x01, 0x00, 0x80, 0xd2, // mov x1, 0
			0x02, 0x00, 0x80, 0xd2, // mov x2, 0
			0x03, 0x00, 0x80, 0xd2, // mov x3, 0
			0x28, 0x09, 0x80, 0xd2, // mov x8, 73 (ppoll: of nothing, without an end)
			0x01, 0x00, 0x00, 0xd4, // svc 0
			0xfa, 0xff, 0xff, 0x17, // b to the first mov
		})
	default:
		return nil, fmt.Errorf("pause image: no program for %s", architecture)
	}
}

// program puts a file header and one loadable segment before the instructions.
func program(machine elf.Machine, code []byte) ([]byte, error) {
	const base, headers = 0x400000, 64 + 56
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1,
		Entry: base + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = 1
	size := uint64(headers + len(code))
	segment := elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X),
		Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: 0x1000,
	}
	var out bytes.Buffer
	for _, part := range []any{header, segment, code} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			return nil, fmt.Errorf("pause program: %w", err)
		}
	}
	return out.Bytes(), nil
}
