"""The OpenAPI of api.bfl.ai of 2026-04-23, typed in: which body each path takes, and every field of every body.

One line for each field, in the order of the document:

    name type[?][!] [>=minimum] [<=maximum] [xmultiple] [len>=shortest] [len<=longest] [=default]

`?` the field may be null, `!` it is required.  [OAS]
"""

from __future__ import annotations

BODIES = {
    "/v1/flux-2-klein-4b": "Flux2KleinInputs",
    "/v1/flux-2-klein-9b": "Flux2KleinInputs",
    "/v1/flux-2-klein-9b-preview": "Flux2KleinInputs",
    "/v1/flux-2-pro": "Flux2Inputs",
    "/v1/flux-2-pro-preview": "Flux2Inputs",
    "/v1/flux-2-max": "Flux2Inputs",
    "/v1/flux-2-flex": "Flux2FlexInputs",
    "/v1/flux-kontext-pro": "FluxKontextProInputs",
    "/v1/flux-kontext-max": "FluxKontextProInputs",
    "/v1/flux-pro-1.1": "FluxPro11Inputs",
    "/v1/flux-pro-1.1-ultra": "FluxUltraInput",
    "/v1/flux-dev": "FluxDevInputs",
    "/v1/flux-pro-1.0-fill": "FluxProFillInputs",
    "/v1/flux-pro-1.0-expand": "FluxProExpandInputs",
    "/v1/flux-pro-1.0-fill-finetuned": "FinetuneFluxProFillInputs",
    "/v1/flux-pro-1.1-ultra-finetuned": "FinetuneFluxUltraInput",
    "/v1/delete_finetune": "DeleteFinetuneInputs",
}

# method, path, required query parameter, whether x-key is demanded, keys of the reply that are always there
OTHERS = (
    ("GET", "/v1/get_result", "id", False, {"id", "status"}),
    ("GET", "/v1/credits", None, True, {"credits"}),
    ("GET", "/v1/my_finetunes", None, True, {"finetunes"}),
    ("GET", "/v1/finetune_details", "finetune_id", True, {"finetune_details"}),
    ("POST", "/v1/delete_finetune", None, True, {"status", "message", "deleted_finetune_id", "timestamp"}),
)

STATUSES = {"Task not found", "Pending", "Request Moderated", "Content Moderated", "Ready", "Error"}

OUTPUT_FORMATS = ("jpeg", "png", "webp")

FIELDS = {
    "DeleteFinetuneInputs": """
        finetune_id string!
    """,
    "FinetuneFluxProFillInputs": """
        finetune_id string!
        finetune_strength number >=0 <=2 =1.1
        image string!
        mask string?
        prompt string =""
        steps integer >=15 <=50 =50
        prompt_upsampling boolean =false
        seed integer?
        guidance number >=1.5 <=100 =60
        output_format OutputFormat? ="jpeg"
        safety_tolerance integer >=0 <=6 =2
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "FinetuneFluxUltraInput": """
        finetune_id string!
        finetune_strength number >=0 <=2 =1.2
        prompt string? =""
        seed integer?
        aspect_ratio string ="16:9"
        safety_tolerance integer >=0 <=6 =2
        output_format OutputFormat? ="jpeg"
        image_prompt string?
        image_prompt_strength number >=0 <=1 =0.1
        prompt_upsampling boolean =false
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "Flux2FlexInputs": """
        prompt string!
        prompt_upsampling boolean? =true
        input_image string?
        input_image_2 string?
        input_image_3 string?
        input_image_4 string?
        input_image_5 string?
        input_image_6 string?
        input_image_7 string?
        input_image_8 string?
        input_image_blob_path string?
        seed integer?
        width integer? >=64 =0
        height integer? >=64 =0
        guidance number? >=1.5 <=10 =5.0
        steps integer? >=1 <=50 =50
        safety_tolerance integer >=0 <=5 =2
        output_format OutputFormat? ="jpeg"
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "Flux2Inputs": """
        prompt string!
        input_image string?
        input_image_2 string?
        input_image_3 string?
        input_image_4 string?
        input_image_5 string?
        input_image_6 string?
        input_image_7 string?
        input_image_8 string?
        seed integer?
        width integer? >=64 =0
        height integer? >=64 =0
        safety_tolerance integer >=0 <=5 =2
        output_format OutputFormat? ="jpeg"
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "Flux2KleinInputs": """
        prompt string!
        input_image string?
        input_image_2 string?
        input_image_3 string?
        input_image_4 string?
        seed integer?
        width integer? >=64 =0
        height integer? >=64 =0
        safety_tolerance integer >=0 <=5 =2
        output_format OutputFormat? ="jpeg"
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "FluxDevInputs": """
        prompt string =""
        image_prompt string?
        width integer >=256 <=1440 x32 =1024
        height integer >=256 <=1440 x32 =768
        steps integer? >=1 <=50 =28
        prompt_upsampling boolean =false
        seed integer?
        guidance number? >=1.5 <=5 =3.0
        safety_tolerance integer >=0 <=6 =2
        output_format OutputFormat? ="jpeg"
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "FluxKontextProInputs": """
        prompt string!
        input_image string?
        input_image_2 string?
        input_image_3 string?
        input_image_4 string?
        seed integer?
        aspect_ratio string?
        output_format OutputFormat? ="png"
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
        prompt_upsampling boolean =false
        safety_tolerance integer >=0 <=6 =2
    """,
    "FluxPro11Inputs": """
        prompt string? =""
        image_prompt string?
        width integer >=256 <=1440 x32 =1024
        height integer >=256 <=1440 x32 =768
        prompt_upsampling boolean =false
        seed integer?
        safety_tolerance integer >=0 <=6 =2
        output_format OutputFormat? ="jpeg"
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "FluxProExpandInputs": """
        image string!
        top integer? >=0 <=2048 =0
        bottom integer? >=0 <=2048 =0
        left integer? >=0 <=2048 =0
        right integer? >=0 <=2048 =0
        prompt string? =""
        steps integer? >=15 <=50 =50
        prompt_upsampling boolean? =false
        seed integer?
        guidance number? >=1.5 <=100 =60
        output_format OutputFormat? ="jpeg"
        safety_tolerance integer >=0 <=6 =2
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "FluxProFillInputs": """
        image string!
        mask string?
        prompt string? =""
        steps integer? >=15 <=50 =50
        prompt_upsampling boolean? =false
        seed integer?
        guidance number? >=1.5 <=100 =60
        output_format OutputFormat? ="jpeg"
        safety_tolerance integer >=0 <=6 =2
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
    "FluxUltraInput": """
        prompt string? =""
        prompt_upsampling boolean =false
        seed integer?
        aspect_ratio string ="16:9"
        safety_tolerance integer >=0 <=6 =2
        output_format OutputFormat? ="jpeg"
        raw boolean =false
        image_prompt string?
        image_prompt_strength number >=0 <=1 =0.1
        webhook_url uri? len>=1 len<=2083
        webhook_secret string?
    """,
}
