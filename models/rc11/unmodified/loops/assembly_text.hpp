#pragma once
/// A piece of x86 inline assembly, taken apart.

#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/Instructions.h>

#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace gauntlet::loops {

/// A numbered operand of the text: memory, an output register, an input, or both of the latter.
struct operand {
  llvm::Value* memory = nullptr;
  llvm::Value* input = nullptr;
  /// Which result of the call it is, and of what type.
  std::optional<unsigned> output;
  llvm::Type* type = nullptr;
  /// The register that it is bound to, if any: "{ax}".
  std::string constraint;
};

struct instruction {
  bool locked = false;
  llvm::StringRef name;
  llvm::SmallVector<llvm::StringRef, 3> operands;
};

class assembly_text {
 protected:
  explicit assembly_text(llvm::CallInst& call)
      : call_(call), text_(*llvm::cast<llvm::InlineAsm>(call.getCalledOperand())) {
    read_constraints();
    read_text();
  }

  void read_constraints() {
    unsigned argument = 0;
    auto* const structure = llvm::dyn_cast<llvm::StructType>(call_.getType());
    for (const auto& each : text_.ParseConstraints()) {
      if (each.Type == llvm::InlineAsm::isClobber || each.Type == llvm::InlineAsm::isLabel) continue;
      operand it;
      it.constraint = each.Codes[0];
      if (each.isIndirect) {
        it.type = call_.getParamElementType(argument);
        it.memory = call_.getArgOperand(argument++);
      } else if (each.Type == llvm::InlineAsm::isOutput) {
        it.output = outputs_++;
        it.type = structure == nullptr ? call_.getType() : structure->getElementType(*it.output);
      } else {
        it.input = call_.getArgOperand(argument++);
        it.type = it.input->getType();
        // Tied to an output, by its number.
        unsigned tied = 0;
        if (!llvm::StringRef(it.constraint).getAsInteger(10, tied) && tied < operands_.size())
          operands_[tied].input = it.input;
      }
      operands_.push_back(it);
    }
  }

  void read_text() {
    llvm::SmallVector<llvm::StringRef, 4> lines;
    llvm::SplitString(text_.getAsmString(), lines, ";\n");
    bool locked = false;
    for (llvm::StringRef line : lines) {
      line = line.trim();
      instruction it;
      std::tie(it.name, line) = line.split(' ');
      if (const auto [name, rest] = it.name.split('\t'); !rest.empty()) {
        it.name = name;
        line = rest;
      }
      if (it.name.empty()) continue;
      if (it.name == "lock" || it.name == "rep") {
        locked = true;
        if (line.trim().empty()) continue;
        std::tie(it.name, line) = line.trim().split(' ');
      }
      it.locked = std::exchange(locked, false);
      for (line = line.trim(); !line.empty();) {
        const std::size_t end = line.find(',', line.starts_with("(") ? line.find(')') : 0);
        it.operands.push_back(line.take_front(end).trim());
        line = end == llvm::StringRef::npos ? "" : line.drop_front(end + 1).trim();
      }
      instructions_.push_back(it);
    }
  }

  /// "$1", "${1:w}"
  operand* numbered(llvm::StringRef text) {
    unsigned number = 0;
    if (!text.consume_front("$")) return nullptr;
    if (text.consume_front("{")) text = text.take_until([](char it) { return it == ':' || it == '}'; });
    return text.getAsInteger(10, number) || number >= operands_.size() ? nullptr : &operands_[number];
  }

  llvm::CallInst& call_;
  const llvm::InlineAsm& text_;
  std::vector<operand> operands_;
  /// How many results the call has.
  unsigned outputs_ = 0;
  std::vector<instruction> instructions_;
};

}  // namespace gauntlet::loops
