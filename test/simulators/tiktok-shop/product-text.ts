export interface ProductContent {
  readonly id: string;
  readonly created: number;
  readonly updated: number;
  readonly status: string;
  readonly revision: number;
}

function common({ id, created, updated, status, revision }: ProductContent): string {
  const pick = Number(BigInt(id) % 97n);
  return (
    `"id":"${id}","title":${JSON.stringify(`Sản phẩm ${pick} #${revision}`)},"status":"${status}","create_time":${created},"update_time":${updated},` +
    `"sales_regions":["VN"],"skus":[{"id":"${BigInt(id) + 3n}","seller_sku":"SKU-${pick}","price":{"currency":"VND","sale_price":"${(pick + 1) * 1_000}"},` +
    `"inventory":[{"warehouse_id":"7091011234567890123","quantity":${pick}}]}]`
  );
}

/** A product as a search shows it. */
export function productText(content: ProductContent): string {
  return `{${common(content)},"has_draft":false}`;
}

/** A product as its detail shows it: more of it than a search. */
export function productDetailText(content: ProductContent): string {
  return `{${common(content)},"description":"<p>\\u003cb\\u003e</p>","main_images":[{"uri":"tos/1"}],"package_weight":{"value":"0.2","unit":"KILOGRAM"}}`;
}
