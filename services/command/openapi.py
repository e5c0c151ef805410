"""`malha openapi`: the documents of the contract, from the code."""

from services.command.output import console


def openapi() -> None:
    """Gera openapi.json e asyncapi.json a partir do código · Writes both documents anew from the code."""
    from services import contract  # noqa: PLC0415 (only this command pays for all services' operations)

    changed = contract.write()
    for file in changed:
        console.print(str(file), markup=False)
    if not changed:
        console.print("Os documentos já estão iguais ao código · the documents equal the code already")
